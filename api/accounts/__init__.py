"""Know who calls: accounts, sessions, roles, the audit trail."""
