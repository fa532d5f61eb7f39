"""The record attacked from outside: each check gives a list of leaks, and a planted hole shows that it finds one."""
