//! A Sentinel whose view of the primary is late.

#![allow(unreachable_pub, reason = "a test program has no crate to reach")]

use std::{
    io::{BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Takes the primary for down the first times that it is asked.
pub struct SlowSentinel {
    port: u16,
    asked: Arc<AtomicUsize>,
}

impl SlowSentinel {
    pub fn start(primary: u16, down: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(AtomicUsize::new(0));
        let questions = Arc::clone(&asked);
        std::thread::spawn(move || {
            while let Ok((connection, _)) = listener.accept() {
                let questions = Arc::clone(&questions);
                std::thread::spawn(move || respond(&connection, primary, down, &questions));
            }
        });
        Self { port, asked }
    }

    pub fn url(&self) -> String {
        format!("redis+sentinel://127.0.0.1:{}/service", self.port)
    }

    pub fn questions(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// Responds to what a client asks a Sentinel.
fn respond(connection: &TcpStream, primary: u16, down: usize, questions: &AtomicUsize) {
    let (mut reader, mut writer) = (BufReader::new(connection), connection);
    let mut parser = redis::Parser::new();
    while let Ok(command) = parser.parse_value(&mut reader) {
        let words: Vec<String> = redis::from_redis_value(command).unwrap();
        let response = match words.join(" ").as_str() {
            "ROLE" => "*2\r\n$8\r\nsentinel\r\n*1\r\n$7\r\nservice\r\n".to_owned(),
            "SENTINEL MASTERS" => {
                let is_down = questions.fetch_add(1, Ordering::SeqCst) < down;
                let flags = if is_down { "master,s_down" } else { "master" };
                let port = primary.to_string();
                let fields = ["name", "service", "ip", "127.0.0.1", "port", &port, "flags", flags];
                let fields = fields.map(|field| format!("${}\r\n{field}\r\n", field.len()));
                format!("*1\r\n*{}\r\n{}", fields.len(), fields.concat())
            }
            // What a client reports about itself.
            _ => "+OK\r\n".to_owned(),
        };
        if writer.write_all(response.as_bytes()).is_err() {
            return;
        }
    }
}
