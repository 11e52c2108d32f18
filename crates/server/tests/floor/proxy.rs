//! A bad network between a browser and the server: it swallows one direction, and is cut.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinHandle,
};

/// A network that can be made bad.
pub struct Network {
    address: SocketAddr,
    /// Swallows what the browser says.
    pub deaf: Arc<AtomicBool>,
    /// Swallows what the server says.
    pub mute: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Drop for Network {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Network {
    /// A good network in front of `server`.
    pub async fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let (deaf, mute) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (up, down) = (Arc::clone(&deaf), Arc::clone(&mute));
        let task = tokio::spawn(async move {
            while let Ok((browser, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(server).await else { continue };
                let (from_browser, to_browser) = browser.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(carry(from_browser, to_server, Arc::clone(&up)));
                tokio::spawn(carry(from_server, to_browser, Arc::clone(&down)));
            }
        });
        Self { address, deaf, mute, task }
    }

    /// Where browsers connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Good again for new connections.
    pub fn heal(&self) {
        self.deaf.store(false, Ordering::SeqCst);
        self.mute.store(false, Ordering::SeqCst);
    }
}

/// Carries bytes one way. What was swallowed once breaks the way for good: a stream with a hole is
/// worth nothing.
async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, swallows: Arc<AtomicBool>) {
    let mut buffer = [0; 16 * 1024];
    let mut broken = false;
    while let Ok(n) = from.read(&mut buffer).await {
        if n == 0 {
            break;
        }
        broken |= swallows.load(Ordering::SeqCst);
        if !broken && to.write_all(&buffer[..n]).await.is_err() {
            break;
        }
    }
}
