//! The thread: a tick each 20 ms on an absolute clock.
//!
//! A tick takes the orders that wait, reads what has come, gives each leg the sum of those it hears,
//! sends it, and passes the same frames to the recorder. Nothing in it waits: not for a far end, not
//! for the disk, not for whoever reads the events.

use std::{
    collections::HashMap,
    net::{SocketAddr, UdpSocket},
    sync::{
        Arc,
        atomic::Ordering::Relaxed,
        mpsc::{Receiver, RecvTimeoutError, TryRecvError},
    },
    time::{Duration, Instant},
};

use domain::LegId;
use tokio::sync::mpsc;

use super::{
    MediaCommand, MediaConfig, MediaEvent,
    counters::Shared,
    leg::{Leg, Wire},
    outbox::Outbox,
    outlet::Outlet,
    peer::{Doorman, Peer},
    player::Player,
    ports::Sockets,
    recording::Recordings,
    trunk::{Tick, Trunk},
};
use crate::{
    FRAME,
    mix::{Frame, Sum},
};

/// One tick.
const TICK: Duration = Duration::from_millis(20);

/// The browsers' port is read this often between ticks: the system keeps some 270 packets for us, which
/// 250 browsers send in one tick, and connecting shall not take a tick for each flight.
const HURRY: Duration = Duration::from_millis(5);

/// Further behind than this, ticks are left out instead of made up for.
const BEHIND_MAX: Duration = Duration::from_millis(200);

/// Reports go out, and quality is told, every five seconds, each leg in a tick of its own.
const REPORT_TICKS: u64 = 250;

/// RTCP of a leg is read every tenth tick: it is not urgent, and each read costs as much as a frame.
const RTCP_TICKS: u64 = 10;

/// What reaches the thread.
pub enum Order {
    /// Opens a trunk leg.
    Trunk {
        /// Which.
        leg: LegId,
        /// Its own.
        sockets: Box<Sockets>,
    },
    /// Opens a browser's leg, or connects it anew.
    Peer {
        /// Which.
        leg: LegId,
        /// Its connection.
        peer: Box<Peer>,
    },
    /// Anything else.
    Command(MediaCommand),
    /// Ends all.
    Stop,
}

/// The thread's state.
pub struct Engine {
    config: MediaConfig,
    inbox: Receiver<Order>,
    outlet: Outlet,
    doorman: Doorman,
    shared: Arc<Shared>,
    recordings: Recordings,
    started: Instant,
    legs: Vec<Option<Leg>>,
    places: HashMap<LegId, usize>,
    /// What each leg says in this tick; nothing, if it is silent or muted.
    voices: Vec<Option<Frame>>,
    /// Legs came or went, or hear others: the places in `hears` are stale.
    stale: bool,
    ticks: u64,
    buffer: Box<[u8; 2_048]>,
}

impl Engine {
    /// Ready to run.
    pub fn new(
        config: MediaConfig,
        inbox: Receiver<Order>,
        events: mpsc::Sender<MediaEvent>,
        socket: UdpSocket,
        local: Arc<[SocketAddr]>,
        shared: Arc<Shared>,
    ) -> std::io::Result<Self> {
        let started = (config.clock)();
        Ok(Self {
            recordings: Recordings::start(events.clone(), shared.clone())?,
            config,
            inbox,
            outlet: Outlet::new(events, shared.clone()),
            doorman: Doorman::new(socket, local),
            shared,
            started,
            legs: Vec::new(),
            places: HashMap::new(),
            voices: Vec::new(),
            stale: false,
            ticks: 0,
            buffer: Box::new([0; 2_048]),
        })
    }

    /// Until it is told to stop, or nobody is left who could.
    pub fn run(&mut self) {
        let mut due = self.started + TICK;
        'ticks: loop {
            let now = (self.config.clock)();
            if now < due {
                let hurry = self.shared.peers.load(Relaxed) > 0;
                let wait = (due - now).min(if hurry { HURRY } else { TICK });
                match self.inbox.recv_timeout(wait) {
                    Ok(order) => {
                        if !self.obey(order) {
                            break 'ticks;
                        }
                    }
                    // At the tick itself they are read by it, and nothing comes before it.
                    Err(RecvTimeoutError::Timeout) => {
                        if hurry && (self.config.clock)() < due {
                            self.read_peers();
                        }
                    }
                    Err(RecvTimeoutError::Disconnected) => break 'ticks,
                }
                continue;
            }
            loop {
                match self.inbox.try_recv() {
                    Ok(order) => {
                        if !self.obey(order) {
                            break 'ticks;
                        }
                    }
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => break 'ticks,
                }
            }
            let late = now - due;
            self.shared.tick(late.as_micros() as u64);
            self.tick(now);
            let done = (self.config.clock)();
            Shared::add(&self.shared.busy_us, (done - now).as_micros() as u64);
            due += TICK;
            if done > due + BEHIND_MAX {
                let skipped = (done - due).as_micros() / TICK.as_micros();
                Shared::add(&self.shared.ticks_skipped, skipped as u64);
                due += TICK * u32::try_from(skipped).unwrap_or(0);
            }
        }
        let open: Vec<LegId> = self.places.keys().copied().collect();
        for leg in open {
            self.close(leg);
        }
        self.outlet.flush();
        self.recordings.stop();
    }

    /// Reads the browsers' port between ticks.
    fn read_peers(&mut self) {
        let now = (self.config.clock)();
        let mut tick = Tick {
            now,
            elapsed: now - self.started,
            buffer: &mut self.buffer,
            shared: &self.shared,
        };
        self.doorman.receive(&mut self.legs, &mut tick);
        for leg in self.legs.iter_mut().flatten() {
            if let Wire::Peer(peer) = &mut leg.wire
                && peer.is_connecting()
            {
                peer.poll(self.doorman.outbox(), &mut leg.ear, &tick);
            }
        }
        self.doorman.outbox().flush();
    }

    fn tick(&mut self, now: Instant) {
        self.ticks += 1;
        self.outlet.flush();
        if std::mem::take(&mut self.stale) {
            self.resolve();
        }
        let elapsed = now - self.started;
        let mut tick = Tick { now, elapsed, buffer: &mut self.buffer, shared: &self.shared };
        self.doorman.receive(&mut self.legs, &mut tick);
        for (place, leg) in self.legs.iter_mut().enumerate() {
            let Some(leg) = leg else { continue };
            let outbox = self.doorman.outbox();
            listen(leg, place, self.ticks, outbox, &mut tick, &mut self.outlet);
            attend(leg, now, self.config.silent_after, &mut self.outlet);
            let mut frame = [0; FRAME];
            let speaks = leg.ear.frame(&mut frame) && !leg.muted;
            self.voices[place] = speaks.then_some(frame);
        }
        for leg in self.legs.iter_mut().flatten() {
            let frame = heard(leg, &self.voices, &mut self.outlet);
            match &mut leg.wire {
                Wire::Trunk(trunk) => trunk.send(&frame, &mut leg.keypad, &mut tick),
                Wire::Peer(peer) => {
                    peer.send(&frame, &mut leg.keypad, &tick);
                    peer.poll(self.doorman.outbox(), &mut leg.ear, &tick);
                }
            }
        }
        self.doorman.outbox().flush();
        for (place, leg) in self.legs.iter_mut().enumerate() {
            let Some(leg) = leg else { continue };
            if (self.ticks + place as u64).is_multiple_of(REPORT_TICKS) {
                if let Wire::Trunk(trunk) = &mut leg.wire {
                    trunk.send_report(&mut leg.ear, &mut tick, false);
                }
                let report = leg.report();
                self.outlet.tell(MediaEvent::Quality { leg: leg.id, report, last: false });
            }
        }
        self.recordings.tick(&self.places, &self.voices);
    }

    /// Whom each leg hears, as places.
    fn resolve(&mut self) {
        for leg in self.legs.iter_mut().flatten() {
            let own = leg.id;
            leg.hears.clear();
            let others = leg.others.iter().filter(|other| **other != own);
            leg.hears.extend(others.filter_map(|other| self.places.get(other)));
            leg.hears.sort_unstable();
            leg.hears.dedup();
        }
    }

    fn leg(&mut self, leg: LegId) -> Option<&mut Leg> {
        let place = *self.places.get(&leg)?;
        self.legs.get_mut(place)?.as_mut()
    }

    /// `false` when it shall stop.
    fn obey(&mut self, order: Order) -> bool {
        let now = (self.config.clock)();
        match order {
            Order::Stop => return false,
            Order::Trunk { leg, sockets } => {
                self.close(leg);
                self.open(Leg::new(leg, Wire::Trunk(Box::new(Trunk::new(*sockets))), now));
            }
            Order::Peer { leg, peer } => self.connect(leg, peer, now),
            Order::Command(command) => self.command(command, now),
        }
        true
    }

    fn command(&mut self, command: MediaCommand, now: Instant) {
        match command {
            MediaCommand::Agree { leg, agreed } => {
                if let Some(leg) = self.leg(leg)
                    && let Wire::Trunk(trunk) = &mut leg.wire
                {
                    leg.heard_at = now;
                    trunk.agree(agreed, now);
                }
            }
            MediaCommand::Hear { leg, others } => {
                if let Some(leg) = self.leg(leg) {
                    leg.others = others;
                    self.stale = true;
                }
            }
            MediaCommand::Mute { leg, on } => {
                if let Some(leg) = self.leg(leg) {
                    leg.muted = on;
                }
            }
            MediaCommand::Play { leg, play } => {
                if let Some(leg) = self.leg(leg) {
                    leg.player = Some(Player::new(play));
                }
            }
            MediaCommand::StopPlaying { leg } => {
                if let Some(leg) = self.leg(leg) {
                    leg.player = None;
                }
            }
            MediaCommand::SendDigits { leg, digits } => {
                if let Some(leg) = self.leg(leg)
                    && !leg.keypad.dial(&digits)
                {
                    tracing::warn!(leg.id = %leg.id, "too many digits wait; the rest was left out");
                }
            }
            MediaCommand::Record { recording, path, channels } => {
                self.recordings.open(recording, path, channels);
            }
            MediaCommand::SetChannels { recording, channels } => {
                self.recordings.set_channels(recording, channels);
            }
            MediaCommand::PauseRecording { recording, on } => self.recordings.pause(recording, on),
            MediaCommand::StopRecording { recording } => self.recordings.close(recording),
            MediaCommand::Close { leg } => self.close(leg),
        }
    }

    fn open(&mut self, leg: Leg) {
        let place = self.legs.iter().position(Option::is_none).unwrap_or(self.legs.len());
        if place == self.legs.len() {
            self.legs.push(None);
            self.voices.push(None);
        }
        self.places.insert(leg.id, place);
        Shared::add(&self.shared.legs, 1);
        if matches!(leg.wire, Wire::Peer(_)) {
            Shared::add(&self.shared.peers, 1);
        }
        self.legs[place] = Some(leg);
        self.stale = true;
    }

    /// A browser's leg keeps whom it hears, and who hears it, when it connects anew.
    fn connect(&mut self, id: LegId, peer: Box<Peer>, now: Instant) {
        let place = self.places.get(&id).copied();
        if let Some(place) = place
            && let Some(leg) = &mut self.legs[place]
            && matches!(leg.wire, Wire::Peer(_))
        {
            self.doorman.forget(place);
            leg.wire = Wire::Peer(peer);
            leg.ear.begin();
            (leg.heard_at, leg.silent) = (now, false);
            return;
        }
        self.close(id);
        self.open(Leg::new(id, Wire::Peer(peer), now));
    }

    fn close(&mut self, id: LegId) {
        let Some(place) = self.places.remove(&id) else { return };
        let Some(mut leg) = self.legs[place].take() else { return };
        self.voices[place] = None;
        self.stale = true;
        let now = (self.config.clock)();
        let elapsed = now - self.started;
        let mut tick = Tick { now, elapsed, buffer: &mut self.buffer, shared: &self.shared };
        match &mut leg.wire {
            Wire::Trunk(trunk) => trunk.send_report(&mut leg.ear, &mut tick, true),
            Wire::Peer(peer) => {
                peer.close(self.doorman.outbox(), &mut leg.ear, &tick);
                self.doorman.outbox().flush();
                self.doorman.forget(place);
                self.shared.peers.fetch_sub(1, Relaxed);
            }
        }
        self.shared.legs.fetch_sub(1, Relaxed);
        self.outlet.tell(MediaEvent::Quality { leg: id, report: leg.report(), last: true });
    }
}

/// Takes what has come for a leg.
fn listen(
    leg: &mut Leg,
    place: usize,
    ticks: u64,
    outbox: &mut Outbox,
    tick: &mut Tick<'_>,
    outlet: &mut Outlet,
) {
    let id = leg.id;
    let mut pressed = Vec::new();
    let heard = match &mut leg.wire {
        Wire::Trunk(trunk) => {
            if (ticks + place as u64).is_multiple_of(RTCP_TICKS) {
                trunk.receive_reports(tick);
            }
            trunk.receive(&mut leg.ear, tick, |digit| pressed.push(digit))
        }
        Wire::Peer(peer) => {
            peer.poll(outbox, &mut leg.ear, tick);
            let happened = peer.happened();
            if happened.up {
                leg.silent = false;
                leg.heard_at = tick.now;
                outlet.tell(MediaEvent::PeerUp { leg: id });
            }
            if let Some(why) = happened.down {
                leg.ear.begin();
                outlet.tell(MediaEvent::PeerDown { leg: id, why });
            }
            pressed = happened.digits;
            happened.heard
        }
    };
    for digit in pressed {
        if leg.player.as_ref().is_some_and(Player::stops_on_digit)
            && let Some(player) = leg.player.take()
        {
            outlet.tell(MediaEvent::PlayEnded { leg: id, id: player.id() });
        }
        outlet.tell(MediaEvent::Digit { leg: id, digit });
    }
    if heard {
        leg.heard_at = tick.now;
        if std::mem::take(&mut leg.silent) {
            outlet.tell(MediaEvent::Heard { leg: id });
        }
    }
}

/// Notices a far end that falls silent although it should send.
fn attend(leg: &mut Leg, now: Instant, silent_after: Duration, outlet: &mut Outlet) {
    if !leg.should_send() {
        // It starts to count when it should.
        (leg.heard_at, leg.silent) = (now, false);
        return;
    }
    let since = now.saturating_duration_since(leg.heard_at);
    if since >= silent_after && !leg.silent {
        leg.silent = true;
        outlet.tell(MediaEvent::Silent { leg: leg.id, since });
    }
}

/// What a leg hears: those it listens to, and what plays to it.
fn heard(leg: &mut Leg, voices: &[Option<Frame>], outlet: &mut Outlet) -> Frame {
    let mut sum = Sum::default();
    for voice in leg.hears.iter().filter_map(|place| voices.get(*place)?.as_ref()) {
        sum.add(voice);
    }
    if let Some(player) = &mut leg.player {
        let mut frame = [0; FRAME];
        if player.next(&mut frame) {
            sum.add(&frame);
        } else {
            let id = player.id();
            leg.player = None;
            outlet.tell(MediaEvent::PlayEnded { leg: leg.id, id });
        }
    }
    sum.take()
}
