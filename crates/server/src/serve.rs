//! Starting and stopping the server.

use std::{future::Future, net::SocketAddr, sync::Arc};

use tokio::net::TcpListener;

use crate::{
    App,
    background::Background,
    clock::Clock,
    config::Config,
    http::{
        self,
        limits::{BoundedListener, Peer},
    },
    schedules::Planner,
};

/// A server that is ready to take connections.
pub struct Server {
    app: App,
    tasks: Background,
    listener: BoundedListener,
    address: SocketAddr,
    pages: axum::Router<App>,
}

impl Server {
    /// Opens the store and the port. Nothing is answered before [`Server::run`].
    pub async fn open(config: Config, clock: Clock) -> anyhow::Result<Self> {
        let options = store::Options { durability: config.durability, ..store::Options::default() };
        let store = store::Store::open_with(&config.database, &options).await?;
        Self::on(store, config, clock).await
    }

    /// As [`Server::open`], on a store that is open already.
    pub async fn on(store: store::Store, config: Config, clock: Clock) -> anyhow::Result<Self> {
        use anyhow::Context;
        let listener = TcpListener::bind(config.listen).await.with_context(|| {
            format!(
                "cannot listen on {}: choose another address with --listen, or port 0 for a free one",
                config.listen
            )
        })?;
        let address = listener.local_addr()?;
        let connections = config.limits.connections;
        let (app, tasks) = App::new(config, store, clock, &format!("http://{address}")).await?;
        Ok(Self {
            app,
            tasks,
            listener: BoundedListener::new(listener, connections),
            address,
            pages: axum::Router::new(),
        })
    }

    /// Shows further public pages, beside the screens.
    #[must_use]
    pub fn with_pages(mut self, pages: axum::Router<App>) -> Self {
        self.pages = self.pages.merge(pages);
        self
    }

    /// Has shift schedules made by `planner`.
    #[must_use]
    pub fn with_planner(mut self, planner: impl Planner + 'static) -> Self {
        self.app.planner = Some(Arc::new(planner));
        self
    }

    /// The parts that handlers share.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Where it listens.
    pub fn local_address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` is ready, then finishes what is in hand: requests and sockets have the
    /// configured time to end, the store is closed last.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<()> {
        let Self { app, mut tasks, listener, pages, .. } = self;
        let router = http::router(app.clone(), pages);
        let service = router.into_make_service_with_connect_info::<Peer>();
        let (stopping, drain) = (app.stopping.clone(), app.config.drain);
        let begun = stopping.clone();
        let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
            stop.await;
            tracing::info!("stopping: new connections are refused, requests in hand are finished");
            begun.cancel();
        });
        let late = async {
            stopping.cancelled().await;
            tokio::time::sleep(drain).await;
        };
        tokio::select! {
            served = async { serving.await } => served?,
            failed = tasks.failed() => {
                failed?;
                anyhow::bail!("the floor has ended by itself");
            }
            () = late => tracing::warn!("some connections did not end in time and were cut"),
        }
        let ended = tasks.end().await;
        app.store.close().await;
        ended
    }
}
