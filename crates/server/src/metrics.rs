//! Figures of the server itself, for Prometheus.

use std::{sync::Arc, time::Duration};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

/// One kind of request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    path: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PathLabels {
    path: String,
}

/// Counters and clocks of the server. Clones share them.
#[derive(Clone, Debug)]
pub struct Metrics {
    requests: Family<RequestLabels, Counter>,
    request_seconds: Family<PathLabels, Histogram>,
    requests_now: Gauge,
    sign_ins_refused: Counter,
    registry: Arc<std::sync::Mutex<Registry>>,
}

impl Metrics {
    /// All at zero.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("permanence");
        let requests = Family::<RequestLabels, Counter>::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        let request_seconds = Family::<PathLabels, Histogram>::new_with_constructor(|| {
            Histogram::new([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0])
        });
        registry.register(
            "http_request_seconds",
            "Time from request to answer",
            request_seconds.clone(),
        );
        let requests_now: Gauge = Gauge::default();
        registry.register("http_requests_in_hand", "Requests being answered", requests_now.clone());
        let sign_ins_refused = Counter::default();
        registry.register(
            "sign_ins_refused",
            "Tries to sign in that were refused",
            sign_ins_refused.clone(),
        );
        Self {
            requests,
            request_seconds,
            requests_now,
            sign_ins_refused,
            registry: Arc::new(std::sync::Mutex::new(registry)),
        }
    }

    /// Adds figures of another part of the server.
    pub fn register(&self, add: impl FnOnce(&mut Registry)) {
        add(&mut self.registry.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    }

    /// A request begins; it ends when the answer is dropped.
    pub fn begin(&self) -> InHand {
        self.requests_now.inc();
        InHand(self.requests_now.clone())
    }

    /// A request was answered. `path` is the route's template, never what was asked.
    pub fn answered(&self, method: &'static str, path: &str, status: u16, took: Duration) {
        self.requests.get_or_create(&RequestLabels { method, path: path.to_owned(), status }).inc();
        self.request_seconds
            .get_or_create(&PathLabels { path: path.to_owned() })
            .observe(took.as_secs_f64());
    }

    /// A try to sign in was refused.
    pub fn sign_in_refused(&self) {
        self.sign_ins_refused.inc();
    }

    /// All figures in the text format of Prometheus.
    pub fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(
            &mut text,
            &self.registry.lock().unwrap_or_else(std::sync::PoisonError::into_inner),
        )?;
        Ok(text)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// A request in hand; counts until dropped.
#[derive(Debug)]
pub struct InHand(Gauge);

impl Drop for InHand {
    fn drop(&mut self) {
        self.0.dec();
    }
}
