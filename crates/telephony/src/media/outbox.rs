//! What leaves by the port that all browsers share: gathered, and handed to the system many datagrams at a
//! time, since each call of it costs more than the sound in one datagram.

use std::{
    net::{SocketAddr, UdpSocket},
    ops::Range,
};

/// Datagrams handed over in one call.
const AT_ONCE: usize = 64;

/// Gathered before they are handed over in any case: a tick of 250 browsers and their reports.
const GATHERED_MAX: usize = 512;

/// Datagrams that wait for the end of the tick.
pub struct Outbox {
    socket: UdpSocket,
    bytes: Vec<u8>,
    datagrams: Vec<(Range<usize>, SocketAddr)>,
}

impl Outbox {
    /// By this socket, which must not block.
    pub fn new(socket: UdpSocket) -> Self {
        Self { socket, bytes: Vec::new(), datagrams: Vec::new() }
    }

    /// The socket, to receive at.
    pub fn socket(&self) -> &UdpSocket {
        &self.socket
    }

    /// Puts a datagram in.
    pub fn post(&mut self, datagram: &[u8], to: SocketAddr) {
        let begin = self.bytes.len();
        self.bytes.extend_from_slice(datagram);
        self.datagrams.push((begin..self.bytes.len(), to));
        if self.datagrams.len() >= GATHERED_MAX {
            self.flush();
        }
    }

    /// Sends all of them, in order. One that the system refuses is lost on the way, as any may be.
    pub fn flush(&mut self) {
        for some in self.datagrams.chunks(AT_ONCE) {
            send(&self.socket, &self.bytes, some);
        }
        self.datagrams.clear();
        self.bytes.clear();
    }
}

#[cfg(target_os = "linux")]
fn send(socket: &UdpSocket, bytes: &[u8], datagrams: &[(Range<usize>, SocketAddr)]) {
    use std::io::IoSlice;

    use rustix::{
        io::Errno,
        net::{MMsgHdr, SendAncillaryBuffer, SendFlags, SocketAddrAny, sendmmsg},
    };

    let addresses: Vec<SocketAddrAny> =
        datagrams.iter().map(|(_, to)| SocketAddrAny::from(*to)).collect();
    let slices: Vec<[IoSlice<'_>; 1]> =
        datagrams.iter().map(|(range, _)| [IoSlice::new(&bytes[range.clone()])]).collect();
    let mut nothing_besides: Vec<SendAncillaryBuffer<'_, '_, '_>> =
        datagrams.iter().map(|_| SendAncillaryBuffer::default()).collect();
    let mut messages: Vec<MMsgHdr<'_>> = addresses
        .iter()
        .zip(&slices)
        .zip(&mut nothing_besides)
        .map(|((to, slice), besides)| MMsgHdr::new_with_addr(to, slice, besides))
        .collect();
    let mut sent = 0;
    while sent < messages.len() {
        match sendmmsg(socket, &mut messages[sent..], SendFlags::empty()) {
            Ok(some) => sent += some.max(1),
            Err(Errno::INTR) => {}
            // The system has no room; the rest would find none either.
            Err(Errno::AGAIN) => return,
            // Only the first was tried: whoever it was for is not there.
            Err(_) => sent += 1,
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn send(socket: &UdpSocket, bytes: &[u8], datagrams: &[(Range<usize>, SocketAddr)]) {
    for (range, to) in datagrams {
        let _ = socket.send_to(&bytes[range.clone()], to);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn socket() -> UdpSocket {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        socket
    }

    #[test]
    fn everybody_gets_their_own_in_order_and_one_that_cannot_be_sent_holds_up_nobody() {
        let ours = socket();
        ours.set_nonblocking(true).unwrap();
        let from = ours.local_addr().unwrap();
        let mut outbox = Outbox::new(ours);
        let ears = [socket(), socket()];
        let to = ears.each_ref().map(|ear| ear.local_addr().unwrap());
        // An IPv4 socket sends nothing to an IPv6 address, and nothing of this length.
        let nowhere: SocketAddr = "[::1]:9".parse().unwrap();
        for n in 0..(AT_ONCE as u8 + 30) {
            outbox.post(&[n, 7], to[usize::from(n % 2)]);
            if n % 9 == 0 {
                outbox.post(&[n], nowhere);
                outbox.post(&[n; 66_000], to[0]);
            }
        }
        outbox.flush();
        outbox.flush();
        for (at, ear) in ears.iter().enumerate() {
            let mut got = Vec::new();
            let mut buffer = [0; 100];
            for _ in 0..(AT_ONCE + 30) / 2 {
                let (length, source) = ear.recv_from(&mut buffer).unwrap();
                assert_eq!((length, source, buffer[1]), (2, from, 7));
                got.push(usize::from(buffer[0]));
            }
            let want: Vec<usize> = (0..AT_ONCE + 30).filter(|n| n % 2 == at).collect();
            assert_eq!(got, want);
            ear.set_nonblocking(true).unwrap();
            assert!(ear.recv_from(&mut buffer).is_err(), "nothing twice");
        }
    }

    #[test]
    fn what_is_gathered_has_a_limit() {
        let ours = socket();
        ours.set_nonblocking(true).unwrap();
        let ear = socket();
        let to = ear.local_addr().unwrap();
        let mut outbox = Outbox::new(ours);
        (0..GATHERED_MAX - 1).for_each(|_| outbox.post(&[1], to));
        assert_eq!(outbox.datagrams.len(), GATHERED_MAX - 1);
        outbox.post(&[2], to);
        assert!(outbox.datagrams.is_empty() && outbox.bytes.is_empty());
        assert_eq!(ear.recv_from(&mut [0; 9]).unwrap().0, 1, "they went");
    }
}
