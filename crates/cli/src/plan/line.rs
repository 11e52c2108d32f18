//! The flags that describe a line: who comes, how long it takes, who gives up.

use clap::{Args, ValueEnum};
use domain::{Fault, words};
use planning::{Patience, SHAPES, Shape, Times};

use super::units::span;

/// Which formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Model {
    /// Erlang B: nobody waits; who finds all agents busy is turned away
    B,
    /// Erlang C: everybody waits until answered
    C,
    /// Erlang A: who waits gives up after a while
    A,
}

/// A line without its agents.
#[derive(Debug, Args)]
pub struct LineArgs {
    /// Which formula
    #[arg(long, value_enum)]
    pub model: Model,
    /// Contacts an hour
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["contacts", "interval"], allow_negative_numbers = true)]
    pub arrivals_per_hour: Option<f64>,
    /// Contacts in an interval
    #[arg(long, value_name = "NUMBER", requires = "interval", allow_negative_numbers = true)]
    pub contacts: Option<f64>,
    /// Length of that interval, such as 30m
    #[arg(long, value_name = "SPAN", value_parser = span)]
    pub interval: Option<f64>,
    /// Mean handle time (talk, hold and wrap-up), such as 180s
    #[arg(long, value_name = "SPAN", value_parser = span, allow_hyphen_values = true)]
    pub aht: f64,
    /// Mean patience, such as 120s; model A needs it
    #[arg(long, value_name = "SPAN", value_parser = span, allow_hyphen_values = true)]
    pub patience: Option<f64>,
    /// Shape of the patience: exponential, deterministic, uniform, erlang2, lognormal[:cv], hyperexponential[:cv]
    #[arg(long, value_name = "SHAPE", default_value = "exponential")]
    pub patience_dist: String,
    /// How many can wait; more are turned away [default: no limit]
    #[arg(long, value_name = "NUMBER")]
    pub waiting_places: Option<u32>,
}

impl LineArgs {
    /// Contacts per second.
    pub fn arrivals_per_s(&self) -> Result<f64, Vec<Fault>> {
        let (flag, value, seconds) = match (self.arrivals_per_hour, self.contacts, self.interval) {
            (Some(value), _, _) => ("arrivals_per_hour", value, 3600.0),
            (None, Some(value), Some(seconds)) => ("contacts", value, seconds),
            _ => {
                return Err(vec![Fault::new(
                    "arrivals_per_hour",
                    "missing",
                    "is missing.",
                    "Give --arrivals-per-hour 2880, or --contacts 200 with --interval 30m.",
                )]);
            }
        };
        let mut faults = Vec::new();
        if !(value > 0.0 && value.is_finite()) {
            let next = "Give a number above 0, such as 200.";
            faults.push(Fault::new(flag, "not_positive", words!("is {}.", value), next));
        }
        if !(seconds > 0.0 && seconds.is_finite()) {
            let next = "Give a span above 0, such as 30m.";
            faults.push(Fault::new("interval", "not_positive", words!("is {} s.", seconds), next));
        }
        if faults.is_empty() { Ok(value / seconds) } else { Err(faults) }
    }

    /// How long people wait, and how many can: as the model has it.
    pub fn patience(&self) -> Result<Patience, Vec<Fault>> {
        let shape: Shape = self
            .patience_dist
            .parse()
            .map_err(|fault: Fault| vec![Fault { field: "patience_dist".to_owned(), ..fault }])?;
        match (self.model, self.patience) {
            (Model::A, Some(mean)) => Times::new("patience", mean, shape).map(Patience::Times),
            (Model::A, None) => Err(vec![Fault::new(
                "patience",
                "missing",
                "is missing; model A is about people who give up.",
                words!(
                    "Give a mean, such as --patience 120s, and if not exponential a shape: {}.",
                    SHAPES
                ),
            )]),
            (_, None) => Ok(Patience::Endless),
            (_, Some(mean)) => Err(vec![Fault::new(
                "patience",
                "not_in_this_model",
                words!("is {} s, but only model A knows patience.", mean),
                "Give --model a, or leave --patience out.",
            )]),
        }
    }

    /// Places in which to wait.
    pub fn waiting_places(&self) -> Result<Option<u32>, Vec<Fault>> {
        match (self.model, self.waiting_places) {
            (Model::B, None | Some(0)) => Ok(Some(0)),
            (Model::B, Some(places)) => Err(vec![Fault::new(
                "waiting_places",
                "not_in_this_model",
                words!("is {}, but in model B nobody waits.", places),
                "Give --model c or a, or leave --waiting-places out.",
            )]),
            (_, places) => Ok(places),
        }
    }
}
