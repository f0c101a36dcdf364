//! A plain round-robin balancer, without sticky sessions.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Starts a balancer, which runs until the test ends. Each request goes to the next instance that listens.
pub(crate) fn start(instances: Vec<SocketAddr>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = listener.local_addr().expect("it has an address");
    let next = Arc::new(AtomicUsize::new(0));
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let (instances, next) = (instances.clone(), Arc::clone(&next));
            // An error is the end of the connection.
            thread::spawn(move || forward(client, &instances, &next));
        }
    });
    address
}

/// Forwards one request. The connection ends with it, so that the next one goes to the next instance.
fn forward(mut client: TcpStream, instances: &[SocketAddr], next: &AtomicUsize) -> io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte)?;
        head.extend_from_slice(&byte);
    }
    let text = String::from_utf8_lossy(&head);
    let lines = text.lines().filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
    let mut lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
    lines.push("connection: close\r\n\r\n");
    let head = lines.join("\r\n");
    let first = next.fetch_add(1, Ordering::SeqCst);
    let listening = (0..instances.len()).find_map(|attempt| {
        TcpStream::connect(instances[(first + attempt) % instances.len()]).ok()
    });
    let mut server = listening.ok_or(io::ErrorKind::ConnectionRefused)?;
    server.write_all(head.as_bytes())?;
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        to.shutdown(Shutdown::Both)
    });
    let _ = io::copy(&mut server, &mut client);
    client.shutdown(Shutdown::Both)
}
