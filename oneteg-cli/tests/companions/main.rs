//! The commands around the API: the sandbox, the doctor, the MCP server, completions and manual pages; and how `oneteg`
//! behaves in odd surroundings.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod doctor;
mod mcp;
mod mcp_peer;
mod pages;
mod sandbox;
mod support;
mod surroundings;
mod tls_server;
