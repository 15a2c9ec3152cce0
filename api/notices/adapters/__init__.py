"""Hold the ways of sending: an SMS gateway, a group robot, else the list of those to ring up."""
