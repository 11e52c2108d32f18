//! Drivers, HTTP and WebSocket, sign-in: the one place that knows everyone.

pub mod admin;
pub mod app;
pub mod background;
pub mod board;
pub mod chat;
pub mod clock;
pub mod config;
pub mod desk;
pub mod fidelity;
pub mod first_run;
pub mod floor;
pub mod forecasts;
pub mod http;
pub mod imports;
pub mod invoices;
pub mod live;
pub mod mail;
pub mod mailings;
pub mod margins;
pub mod metrics;
pub mod planning;
pub mod replay;
pub mod reports;
pub mod schedules;
pub mod serve;
pub mod statements;
pub mod templates;
pub mod voice;
pub mod work;

pub use app::App;
