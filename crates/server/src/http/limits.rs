//! What one caller may ask for: request ids, rate, connections, tries to sign in.

use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    extract::{ConnectInfo, Request, State, connect_info::Connected},
    middleware::Next,
    response::{IntoResponse, Response},
    serve::{IncomingStream, Listener},
};
use domain::Timestamp;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};

use super::error::ApiError;
use crate::App;
use api::error::ErrorCode;

/// Names a request in the answer and in the log.
#[derive(Clone, Debug)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for RequestId {
    fn default() -> Self {
        Self(uuid::Uuid::now_v7().simple().to_string().into())
    }
}

/// The address a request came from: the peer's, or what a trusted proxy says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address(pub IpAddr);

/// The peer of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// Finds out who calls, names the request, and refuses callers who ask too often.
pub async fn admit(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<Peer>>().map(|info| info.0.0.ip());
    let address = Address(address_of(&app, peer, &request));
    request.extensions_mut().insert(address);
    let now = app.clock.now();
    if let Err(after) = app.rate.take(address.0, now) {
        return ApiError {
            retry_after: Some(after),
            ..ApiError::new(
                ErrorCode::TooManyRequests,
                "This address asks too often.",
                "Wait as long as `Retry-After` says.",
            )
        }
        .into_response();
    }
    next.run(request).await
}

/// The first address from the right of `x-forwarded-for` that is no trusted proxy, if the peer is one.
fn address_of(app: &App, peer: Option<IpAddr>, request: &Request) -> IpAddr {
    let peer = peer.unwrap_or(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED));
    let trusted = &app.config.trusted_proxies;
    if !trusted.contains(&peer) {
        return peer;
    }
    request
        .headers()
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|item| item.trim().parse().ok())
        .rfind(|address| !trusted.contains(address))
        .unwrap_or(peer)
}

/// Token buckets, one for each key, with a bound on how many are remembered.
#[derive(Debug)]
pub struct Buckets<K> {
    capacity: f64,
    refill_per_s: f64,
    keys_max: usize,
    buckets: Mutex<HashMap<K, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    at: Timestamp,
}

impl<K: Eq + Hash> Buckets<K> {
    /// Buckets of `capacity` tokens that fill up within `full_after`.
    pub fn new(capacity: u32, full_after: Duration, keys_max: usize) -> Self {
        let capacity = f64::from(capacity.max(1));
        Self {
            capacity,
            refill_per_s: capacity / full_after.as_secs_f64().max(0.001),
            keys_max,
            buckets: Mutex::default(),
        }
    }

    /// Takes a token, or says after what time there is one.
    pub fn take(&self, key: K, now: Timestamp) -> Result<(), Duration> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= self.keys_max && !buckets.contains_key(&key) {
            // Full buckets remember nothing worth keeping.
            buckets.retain(|_, bucket| self.filled(bucket, now) < self.capacity);
            if buckets.len() >= self.keys_max {
                return Err(Duration::from_secs(1));
            }
        }
        let bucket = buckets.entry(key).or_insert(Bucket { tokens: self.capacity, at: now });
        bucket.tokens = self.filled(bucket, now);
        bucket.at = now;
        if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            Ok(())
        } else {
            Err(Duration::from_secs_f64((1.0 - bucket.tokens) / self.refill_per_s))
        }
    }

    /// Whether there is a token, without taking it.
    pub fn peek(&self, key: &K, now: Timestamp) -> Result<(), Duration> {
        let buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        match buckets.get(key).map(|bucket| self.filled(bucket, now)) {
            Some(tokens) if tokens < 1.0 => {
                Err(Duration::from_secs_f64((1.0 - tokens) / self.refill_per_s))
            }
            _ => Ok(()),
        }
    }

    /// Forgets a key: its bucket is full again.
    pub fn forget(&self, key: &K) {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    fn filled(&self, bucket: &Bucket, now: Timestamp) -> f64 {
        let passed = now.since(bucket.at).as_secs_f64();
        (bucket.tokens + passed * self.refill_per_s).min(self.capacity)
    }
}

/// A listener that holds at most so many connections at once; further ones wait in the kernel.
#[derive(Debug)]
pub struct BoundedListener {
    inner: TcpListener,
    free: Arc<Semaphore>,
}

impl BoundedListener {
    /// At most `connections` at once.
    pub fn new(inner: TcpListener, connections: usize) -> Self {
        Self { inner, free: Arc::new(Semaphore::new(connections)) }
    }
}

/// A connection that counts until it is dropped.
#[derive(Debug)]
pub struct Counted {
    stream: TcpStream,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Listener for BoundedListener {
    type Io = Counted;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Counted, SocketAddr) {
        // The semaphore is never closed; if it were, connections would simply not be counted.
        let permit = Arc::clone(&self.free).acquire_owned().await.ok();
        let (stream, address) = Listener::accept(&mut self.inner).await;
        // Frames of a live socket are small and should not wait for one another.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
        (Counted { stream, _permit: permit }, address)
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.inner.local_addr()
    }
}

impl Connected<IncomingStream<'_, BoundedListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, BoundedListener>) -> Self {
        Self(*stream.remote_addr())
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_its_tokens_and_fills_again_with_time() {
        let buckets = Buckets::new(3, Duration::from_secs(30), 10);
        let start = Timestamp::from_secs(1_000);
        for _ in 0..3 {
            assert_eq!(buckets.take("anna", start), Ok(()));
        }
        assert_eq!(buckets.take("anna", start), Err(Duration::from_secs(10)));
        assert_eq!(buckets.take("ben", start), Ok(()));
        assert_eq!(buckets.take("anna", start + Duration::from_secs(10)), Ok(()));
        assert!(buckets.peek(&"anna", start + Duration::from_secs(10)).is_err());
        buckets.forget(&"anna");
        assert_eq!(buckets.peek(&"anna", start + Duration::from_secs(10)), Ok(()));
    }

    #[test]
    fn no_more_keys_are_remembered_than_allowed() {
        let buckets = Buckets::new(1, Duration::from_secs(10), 2);
        let start = Timestamp::from_secs(0);
        assert!(buckets.take(1, start).is_ok() && buckets.take(2, start).is_ok());
        assert!(buckets.take(3, start).is_err());
        assert!(buckets.take(3, start + Duration::from_secs(10)).is_ok());
    }
}
