use std::time::Duration;

use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::{Interceptor, interceptor::InterceptedService};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic::{Request, Status};

/// Windows wide enough that one stream fills a fast link.
const STREAM_WINDOW_BYTES: u32 = 4 << 20;
const CONNECTION_WINDOW_BYTES: u32 = 8 << 20;
const CONNECT_WAIT: Duration = Duration::from_secs(10);
/// A connection that is silent for this long is asked whether it lives, so that a watch never hangs on a dead one.
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(20);
const KEEP_ALIVE_WAIT: Duration = Duration::from_secs(10);

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The address is not one.
    #[error("`{0}` is not a server's address such as http://127.0.0.1:8470")]
    Address(String),
    /// The token has characters that no token has.
    #[error("the token is not one: it has characters that tokens do not have")]
    Token,
    /// Nobody answers there.
    #[error(transparent)]
    Transport(#[from] tonic::transport::Error),
}

/// Whom to talk to, and as whom.
#[derive(Clone, Copy, Default)]
pub struct Access<'a> {
    /// `http://host:port` or `https://host:port`; `http` if there is no scheme.
    pub server: &'a str,
    /// `None`: a spectator.
    pub token: Option<&'a str>,
    /// Certificate authority (PEM) beside the system's own, for `https`.
    pub ca_pem: Option<&'a [u8]>,
}

/// A connection. Cheap to clone; it reconnects by itself.
#[derive(Clone)]
pub struct Client {
    pub(super) service: InterceptedService<Channel, Bearer>,
}

impl Client {
    /// Connects. Fails at once if nobody answers.
    pub async fn connect(access: Access<'_>) -> Result<Self, ConnectError> {
        let bearer = Bearer::new(access.token)?;
        let channel = endpoint(access.server, access.ca_pem)?.connect().await?;
        Ok(Self { service: InterceptedService::new(channel, bearer) })
    }
}

fn endpoint(server: &str, ca_pem: Option<&[u8]>) -> Result<Endpoint, ConnectError> {
    let wrong = || ConnectError::Address(server.to_owned());
    let address = if server.contains("://") { server.to_owned() } else { format!("http://{server}") };
    let secure = address.starts_with("https://");
    if !secure && !address.starts_with("http://") {
        return Err(wrong());
    }
    let endpoint = Endpoint::from_shared(address).map_err(|_| wrong())?;
    endpoint.uri().host().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
    let endpoint = endpoint
        .connect_timeout(CONNECT_WAIT)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(KEEP_ALIVE_EVERY)
        .keep_alive_timeout(KEEP_ALIVE_WAIT)
        .keep_alive_while_idle(true)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES);
    if !secure {
        return Ok(endpoint);
    }
    let tls = ClientTlsConfig::new().with_native_roots();
    let tls = match ca_pem {
        Some(pem) => tls.ca_certificate(Certificate::from_pem(pem)),
        None => tls,
    };
    Ok(endpoint.tls_config(tls)?)
}

/// Puts the token on every call.
#[derive(Clone)]
pub(super) struct Bearer(Option<MetadataValue<Ascii>>);

impl Bearer {
    fn new(token: Option<&str>) -> Result<Self, ConnectError> {
        let value = token.map(|token| {
            let mut value: MetadataValue<Ascii> =
                format!("Bearer {token}").parse().map_err(|_| ConnectError::Token)?;
            // Keeps it out of logs and of HTTP/2's compression tables.
            value.set_sensitive(true);
            Ok(value)
        });
        value.transpose().map(Self)
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(value) = &self.0 {
            request.metadata_mut().insert("authorization", value.clone());
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_need_no_scheme_but_must_be_addresses() {
        for good in ["127.0.0.1:8470", "http://egret.example", "https://egret.example:443"] {
            assert!(endpoint(good, None).is_ok(), "{good}");
        }
        for bad in ["", "http://", "ftp://egret.example", "not an address"] {
            assert!(matches!(endpoint(bad, None), Err(ConnectError::Address(_))), "{bad}");
        }
    }

    #[test]
    fn a_token_is_sensitive_and_printable() {
        let mut bearer = Bearer::new(Some("egret_00")).unwrap();
        let request = bearer.call(Request::new(())).unwrap();
        let value = request.metadata().get("authorization").unwrap();
        assert!(value.is_sensitive() && value.to_str().unwrap() == "Bearer egret_00");
        assert!(matches!(Bearer::new(Some("a\nb")), Err(ConnectError::Token)));
    }
}
