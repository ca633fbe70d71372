//! Sessions in PostgreSQL, shared by the processes of many machines.
