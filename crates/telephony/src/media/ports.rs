//! UDP ports of trunk legs: RTP on an even one, RTCP on the next (RFC 3550, section 11).

use std::{
    io::ErrorKind,
    net::{IpAddr, SocketAddr, UdpSocket},
    ops::RangeInclusive,
};

use super::MediaError;

/// How often the system is asked for a port whose neighbour is free too.
const ATTEMPTS: usize = 100;

/// Where a leg receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalRtp {
    /// For RTP, as the far end is told; RTCP is received on the next port, and on this one as well.
    pub addr: SocketAddr,
}

/// The two sockets of a leg. They close when they are dropped, and so give their ports back.
#[derive(Debug)]
pub struct Sockets {
    /// For sound.
    pub rtp: UdpSocket,
    /// For reports.
    pub rtcp: UdpSocket,
}

/// Finds free pairs.
#[derive(Debug)]
pub struct Ports {
    bind: IpAddr,
    public: IpAddr,
    range: Option<(u16, u16)>,
    /// Where the search goes on. In turn, so that a port rests after a call as long as it can: what
    /// still arrives for the call before finds nobody.
    next: u16,
}

impl Ports {
    /// Of a range, or of the system.
    pub fn new(
        bind: IpAddr,
        public: IpAddr,
        range: Option<RangeInclusive<u16>>,
    ) -> Result<Self, MediaError> {
        let range = match range {
            None => None,
            Some(range) => {
                let first = range.start().saturating_add(range.start() % 2);
                let last = *range.end();
                if first == 0 || last <= first {
                    let text = format!(
                        "the RTP ports {} to {last} hold no pair; 10000 to 19999 is a good range",
                        range.start()
                    );
                    return Err(MediaError::Config(text));
                }
                Some((first, last))
            }
        };
        Ok(Self { bind, public, range, next: range.map_or(0, |(first, _)| first) })
    }

    /// The next free pair.
    pub fn open(&mut self) -> Result<(LocalRtp, Sockets), MediaError> {
        match self.range {
            Some((first, last)) => self.open_of(first, last),
            None => self.open_any(),
        }
    }

    fn open_of(&mut self, first: u16, last: u16) -> Result<(LocalRtp, Sockets), MediaError> {
        for _ in 0..=(last - first) / 2 {
            let port = self.next;
            // An odd last port is the RTCP of the last pair; an even one has no partner.
            self.next = match port.checked_add(2) {
                Some(next) if next < last => next,
                _ => first,
            };
            if let Some(opened) = self.pair(port)? {
                return Ok(opened);
            }
        }
        Err(MediaError::NoPorts { first, last })
    }

    fn open_any(&mut self) -> Result<(LocalRtp, Sockets), MediaError> {
        for _ in 0..ATTEMPTS {
            let probe = self.bound(0)?;
            let port = probe
                .and_then(|socket| socket.local_addr().ok())
                .map_or(0, |address| address.port() & !1);
            if port > 0
                && let Some(opened) = self.pair(port)?
            {
                return Ok(opened);
            }
        }
        Err(MediaError::NoPorts { first: 0, last: u16::MAX })
    }

    fn pair(&self, port: u16) -> Result<Option<(LocalRtp, Sockets)>, MediaError> {
        let Some(rtp) = self.bound(port)? else { return Ok(None) };
        let Some(rtcp) = self.bound(port + 1)? else { return Ok(None) };
        let local = LocalRtp { addr: SocketAddr::new(self.public, port) };
        Ok(Some((local, Sockets { rtp, rtcp })))
    }

    /// A socket, or `None` when the port is taken.
    fn bound(&self, port: u16) -> Result<Option<UdpSocket>, MediaError> {
        let socket = UdpSocket::bind((self.bind, port))
            .and_then(|socket| socket.set_nonblocking(true).map(|()| socket));
        match socket {
            Ok(socket) => Ok(Some(socket)),
            Err(taken) if taken.kind() == ErrorKind::AddrInUse => Ok(None),
            Err(source) => Err(MediaError::Socket { address: self.bind, source }),
        }
    }
}
