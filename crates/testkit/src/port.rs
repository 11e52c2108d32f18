//! Ports for foreign programs that take none from the system.

use std::{
    collections::BTreeSet,
    fs,
    hash::{BuildHasher, RandomState},
    net::{Ipv4Addr, Ipv6Addr, TcpListener, UdpSocket},
    ops::Range,
    sync::{Mutex, PoisonError},
};

/// What this process has given away.
static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// Foreign programs take their own ports for sound below.
const LOWEST: u16 = 20_000;

/// An even port of this machine that nobody listens on, by UDP or by TCP, and its neighbour neither.
///
/// It lies below the range from which the system gives ports to whoever asks for any. One from that
/// range is soon somebody else's: a test that runs beside this one opens hundreds of connections, and
/// each has a port at its own end as well. None is given twice by one process.
///
/// # Panics
/// When no port is free.
pub fn free() -> u16 {
    let range = below_the_systems();
    let pairs = u64::from((range.end - range.start) / 2).max(1);
    let from = RandomState::new().hash_one(std::process::id()) % pairs;
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    let port = (0..pairs)
        .map(|step| range.start + ((from + step) % pairs) as u16 * 2)
        .find(|port| !given.contains(port) && is_free(*port) && is_free(port + 1))
        .unwrap_or_else(|| panic!("no port is free in {range:?}"));
    given.insert(port);
    port
}

/// Even at both ends.
fn below_the_systems() -> Range<u16> {
    // Linux says where its own range begins; elsewhere it is the one that IANA sets apart.
    let text = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let begins = text.split_whitespace().next().and_then(|first| first.parse().ok());
    let begins: u16 = begins.unwrap_or(49_152);
    if begins < LOWEST + 1_000 {
        // Nothing is left below; what the system gives itself is the best there is.
        return LOWEST..60_000;
    }
    LOWEST..begins & !1
}

fn is_free(port: u16) -> bool {
    let here = (Ipv4Addr::LOCALHOST, port);
    // A machine without IPv6 has nobody there either.
    let has_ipv6 = UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).is_ok();
    let there = (Ipv6Addr::LOCALHOST, port);
    UdpSocket::bind(here).is_ok()
        && TcpListener::bind(here).is_ok()
        && (!has_ipv6 || (UdpSocket::bind(there).is_ok() && TcpListener::bind(there).is_ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_is_free_even_and_given_once() {
        let ports: Vec<u16> = (0..50).map(|_| free()).collect();
        assert_eq!(ports.iter().collect::<BTreeSet<_>>().len(), 50);
        let range = below_the_systems();
        for port in ports {
            assert!(port % 2 == 0 && range.contains(&port), "{port} of {range:?}");
        }
    }

    #[test]
    fn what_somebody_listens_on_is_not_free() {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
        assert!(!is_free(udp.local_addr().expect("its address").port()));
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
        assert!(!is_free(tcp.local_addr().expect("its address").port()));
    }
}
