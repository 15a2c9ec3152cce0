"""Make up the people and reports of the demo county (示意数据，内容虚构)."""
