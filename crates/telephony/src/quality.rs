//! How a call sounds: jitter, loss, concealment, round trip, and a mean opinion score estimated
//! from them.

use std::time::Duration;

/// What one leg has measured since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct QualityReport {
    /// Packets received.
    pub received: u64,
    /// Packets that should have come and did not.
    pub lost: u64,
    /// Of 20 ms frames played out, those that were made up.
    pub concealed: u64,
    /// Frames played out.
    pub played: u64,
    /// Interarrival jitter, RFC 3550 section 6.4.1. Packets are read once in a tick of 20 ms, so that
    /// a stream whose packets come just at a tick may show a part of it.
    pub jitter: Duration,
    /// Round trip, if the far end reports (RTCP).
    pub round_trip: Option<Duration>,
    /// Loss that the far end reports of what we send, in 1/256.
    pub remote_loss: Option<u8>,
    /// From mouth to ear as far as is known: half the round trip, what the jitter buffer holds back, and
    /// a packet and a tick.
    pub one_way: Duration,
    /// Mean opinion score, 1.0 to 4.4 for G.711, by the E-model (ITU-T G.107) with the defaults.
    pub mos: f32,
}

/// What a report is made of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Measured {
    /// As in the report.
    pub received: u64,
    /// As in the report.
    pub lost: u64,
    /// As in the report.
    pub concealed: u64,
    /// As in the report.
    pub played: u64,
    /// As in the report.
    pub jitter: Duration,
    /// As in the report.
    pub round_trip: Option<Duration>,
    /// As in the report.
    pub remote_loss: Option<u8>,
    /// What the jitter buffer holds back.
    pub buffered: Duration,
}

impl QualityReport {
    /// What happened after an earlier report of the same leg. Jitter, round trip and delay are as they
    /// are now.
    pub fn since(&self, before: &Self) -> Self {
        let played = self.played.saturating_sub(before.played);
        let concealed = self.concealed.saturating_sub(before.concealed);
        let lost = if played > 0 { concealed as f64 / played as f64 } else { 0.0 };
        Self {
            received: self.received.saturating_sub(before.received),
            lost: self.lost.saturating_sub(before.lost),
            concealed,
            played,
            mos: mos(rating(lost, self.one_way)) as f32,
            ..*self
        }
    }
}

/// Putting sound into packets and taking it out again: a packet of 20 ms and a tick.
const PACKETS: Duration = Duration::from_millis(40);

impl Measured {
    /// With its score: what was made up counts as lost, whether it came too late or not at all.
    pub fn report(&self) -> QualityReport {
        let lost = if self.played > 0 { self.concealed as f64 / self.played as f64 } else { 0.0 };
        let one_way = self.round_trip.unwrap_or_default() / 2 + self.buffered + PACKETS;
        QualityReport {
            received: self.received,
            lost: self.lost,
            concealed: self.concealed,
            played: self.played,
            jitter: self.jitter,
            round_trip: self.round_trip,
            remote_loss: self.remote_loss,
            one_way,
            mos: mos(rating(lost, one_way)) as f32,
        }
    }
}

/// The rating R of the E-model (ITU-T G.107) for G.711, 0 to 93.2, from the share of packets lost at
/// random and the delay from mouth to ear.
///
/// R = 93.2 − Id − Ie,eff, with everything else at the defaults of G.107. Id, the impairment by
/// delay, is the usual approximation of G.107 for an echo-free connection (Cole and Rosenbluth,
/// "Voice over IP performance monitoring", 2001). Ie,eff follows G.107 section 7.5 with Ie = 0 and
/// Bpl = 4.3, which G.113 appendix I gives for G.711 without concealment: ours, which repeats and
/// fades, is better than none, so that the estimate errs on the low side.
pub fn rating(lost: f64, one_way: Duration) -> f64 {
    const WITHOUT_IMPAIRMENT: f64 = 93.2;
    const ROBUSTNESS: f64 = 4.3;
    let delay = one_way.as_secs_f64() * 1_000.0;
    let by_delay = 0.024 * delay + 0.11 * (delay - 177.3).max(0.0);
    let percent = lost.clamp(0.0, 1.0) * 100.0;
    let by_loss = 95.0 * percent / (percent + ROBUSTNESS);
    (WITHOUT_IMPAIRMENT - by_delay - by_loss).max(0.0)
}

/// The mean opinion score that a rating stands for (ITU-T G.107, annex B).
pub fn mos(rating: f64) -> f64 {
    if rating <= 0.0 {
        return 1.0;
    }
    if rating >= 100.0 {
        return 4.5;
    }
    // The cubic falls just below 1 for ratings under 6.5.
    (1.0 + 0.035 * rating + rating * (rating - 60.0) * (100.0 - rating) * 7e-6).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratings_of_the_recommendation() {
        // ITU-T G.107 annex B, table B.1: R to MOS.
        for (rating, want) in [(90.0, 4.34), (80.0, 4.03), (70.0, 3.60), (60.0, 3.10), (50.0, 2.58)]
        {
            let got = mos(rating);
            assert!((got - want).abs() < 0.01, "R {rating}: {got}");
        }
        assert_eq!((mos(-3.0), mos(3.0), mos(100.0)), (1.0, 1.0, 4.5));
    }

    #[test]
    fn a_good_line_a_lossy_one_and_a_slow_one() {
        for (lost, delay_ms, want) in [
            (0.0, 0, 93.2),
            // 95 × 1 / 5.3 = 17.92
            (0.01, 0, 75.28),
            // 0.024 × 300 + 0.11 × 122.7 = 20.70
            (0.0, 300, 72.50),
            (1.0, 5_000, 0.0),
        ] {
            let got = rating(lost, Duration::from_millis(delay_ms));
            assert!((got - want).abs() < 0.01, "{lost}, {delay_ms} ms: {got}");
        }
    }

    #[test]
    fn what_was_made_up_costs() {
        let clean = Measured { played: 1_000, ..Measured::default() }.report();
        let bad = Measured { played: 1_000, concealed: 50, ..Measured::default() }.report();
        assert!((4.3..4.45).contains(&clean.mos), "{}", clean.mos);
        assert!((1.8..2.5).contains(&bad.mos), "{}", bad.mos);
        assert!(Measured::default().report().mos > 4.3, "nothing was heard to be bad");
    }
}
