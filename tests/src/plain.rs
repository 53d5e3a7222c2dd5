//! HTTP/1.1 by hand: what anything that speaks HTTP sees, with no library's help.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use anyhow::{Context as _, Result};

/// `GET`: the status and the body as text.
pub fn get(host: &str, path: &str) -> Result<(u16, String)> {
    let (status, body) = exchange(host, &format!("GET {path} HTTP/1.1"), &[], &[])?;
    Ok((status, String::from_utf8(body)?))
}

/// `POST` with headers: the status and the body.
pub fn post(host: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<(u16, Vec<u8>)> {
    exchange(host, &format!("POST {path} HTTP/1.1"), headers, body)
}

fn exchange(host: &str, request: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let mut head =
        format!("{request}\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    head.extend(headers.iter().flat_map(|(name, value)| [name, ": ", value, "\r\n"]));
    stream.write_all(head.as_bytes())?;
    stream.write_all(b"\r\n")?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").context("an answer has a head")?;
    let head = std::str::from_utf8(&answer[..end])?.to_ascii_lowercase();
    let status = head.split_whitespace().nth(1).context("an answer has a status")?.parse()?;
    let body = &answer[end + 4..];
    let chunked = head.lines().any(|line| line == "transfer-encoding: chunked");
    Ok((status, if chunked { unchunked(body)? } else { body.to_vec() }))
}

fn unchunked(mut rest: &[u8]) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|window| window == b"\r\n").context("a chunk has a size")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line])?.trim(), 16)?;
        if size == 0 {
            return Ok(body);
        }
        let start = line + 2;
        body.extend(rest.get(start..start + size).context("a chunk is cut off")?);
        rest = rest.get(start + size + 2..).context("a chunk is cut off")?;
    }
}
