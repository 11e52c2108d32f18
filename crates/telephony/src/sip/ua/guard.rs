//! How much one address may say.

use std::{collections::HashMap, net::IpAddr, time::Duration};

use domain::Timestamp;

use crate::sip::config::Limits;

/// A bucket that fills at a rate and holds two seconds' worth.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    /// In thousandths of a token.
    level: u64,
    at: Timestamp,
}

impl Bucket {
    /// Full.
    pub fn new(now: Timestamp, per_second: u32) -> Self {
        Self { level: u64::from(per_second) * 2_000, at: now }
    }

    /// Takes one out; `false` when it is empty.
    pub fn take(&mut self, now: Timestamp, per_second: u32) -> bool {
        let rate = u64::from(per_second);
        let passed = u64::try_from(now.since(self.at).as_millis()).unwrap_or(u64::MAX);
        if passed > 0 {
            self.level = passed.saturating_mul(rate).saturating_add(self.level).min(rate * 2_000);
            self.at = now;
        }
        if self.level < 1_000 {
            return false;
        }
        self.level -= 1_000;
        true
    }
}

/// Addresses remembered at once. When they are as many, those silent for ten seconds are forgotten;
/// when none is, a new address is not heard.
const ADDRESSES_MAX: usize = 4_096;
const SILENT: Duration = Duration::from_secs(10);

/// One bucket for each address.
pub struct Guard {
    buckets: HashMap<IpAddr, Bucket>,
    trunk_rate: u32,
    phone_rate: u32,
}

impl Guard {
    /// With the rates of the configuration.
    pub fn new(limits: &Limits) -> Self {
        Self {
            buckets: HashMap::new(),
            trunk_rate: limits.trunk_messages_per_second,
            phone_rate: limits.phone_messages_per_second,
        }
    }

    /// Whether one more message may be read.
    pub fn admits(&mut self, now: Timestamp, ip: IpAddr, trunk: bool) -> bool {
        let rate = if trunk { self.trunk_rate } else { self.phone_rate };
        if self.buckets.len() >= ADDRESSES_MAX && !self.buckets.contains_key(&ip) {
            self.buckets.retain(|_, bucket| now.since(bucket.at) < SILENT);
            if self.buckets.len() >= ADDRESSES_MAX {
                return false;
            }
        }
        self.buckets.entry(ip).or_insert_with(|| Bucket::new(now, rate)).take(now, rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_gets_its_rate_and_two_seconds_ahead() {
        let limits = Limits { phone_messages_per_second: 10, ..Limits::default() };
        let mut guard = Guard::new(&limits);
        let ip: IpAddr = "192.0.2.1".parse().unwrap();
        let mut now = Timestamp::from_secs(5);
        let burst = (0..100).filter(|_| guard.admits(now, ip, false)).count();
        assert_eq!(burst, 20);
        let mut taken = 0;
        for _ in 0..1_000 {
            now = now + Duration::from_millis(10);
            taken += usize::from(guard.admits(now, ip, false));
        }
        assert_eq!(taken, 100, "ten seconds at ten a second");
        let other: IpAddr = "192.0.2.2".parse().unwrap();
        assert!(guard.admits(now, other, false));
    }

    #[test]
    fn more_addresses_than_are_remembered_are_not_heard() {
        let mut guard = Guard::new(&Limits::default());
        let now = Timestamp::from_secs(5);
        let ip = |n: usize| IpAddr::from(std::net::Ipv6Addr::from(n as u128));
        assert!((0..ADDRESSES_MAX).all(|n| guard.admits(now, ip(n), false)));
        assert!(!guard.admits(now, ip(ADDRESSES_MAX), false));
        assert!(guard.admits(now, ip(0), false));
        assert!(guard.admits(now + SILENT, ip(ADDRESSES_MAX), false));
    }
}
