//! Trunk legs among themselves.

use std::time::Duration;

use domain::RecordingId;
use telephony::media::{Channels, Law, MediaCommand, MediaEvent, Srtp, SrtpKey};

use crate::{Floor, agreed, at, channels, far::Fate, talk};

const SPAN: Duration = Duration::from_millis(1_600);

/// A span ends some time before the next begins: what is heard in its middle is sure.
const MIDDLE: (usize, usize) = (400, 1_400);

#[test]
fn a_call_with_hold_mute_and_recording() {
    let mut floor = Floor::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("call.wav");
    // One law on each side, so that the bridge converts.
    let (mut caller, mut agent) = (floor.far(300.0, Law::A), floor.far(600.0, Law::Mu));
    let recording = RecordingId::from_u128(1);
    let sides = Channels { customer: vec![caller.leg], agents: vec![agent.leg] };
    floor.hear(caller.leg, &[agent.leg]);
    floor.hear(agent.leg, &[caller.leg]);
    floor.send(MediaCommand::Record { recording, path: path.clone(), channels: sides });

    talk([&mut caller, &mut agent], SPAN);
    // Held: the caller hears music, the agent nobody.
    floor.hear(caller.leg, &[]);
    floor.hear(agent.leg, &[]);
    floor.play(caller.leg, 900.0, 300, true);
    talk([&mut caller, &mut agent], SPAN);
    // Back, with the agent's microphone muted.
    floor.send(MediaCommand::StopPlaying { leg: caller.leg });
    floor.hear(caller.leg, &[agent.leg]);
    floor.hear(agent.leg, &[caller.leg]);
    floor.send(MediaCommand::Mute { leg: agent.leg, on: true });
    talk([&mut caller, &mut agent], SPAN);
    // A card number is told: heard, not recorded.
    floor.send(MediaCommand::Mute { leg: agent.leg, on: false });
    floor.send(MediaCommand::PauseRecording { recording, on: true });
    talk([&mut caller, &mut agent], SPAN);
    floor.send(MediaCommand::PauseRecording { recording, on: false });
    talk([&mut caller, &mut agent], SPAN);
    floor.send(MediaCommand::StopRecording { recording });

    let (length, bytes, hash) = floor.until(|event| match event {
        MediaEvent::RecordingDone { length, bytes, hash, .. } => Some((length, bytes, hash)),
        MediaEvent::RecordingFault { why, .. } => panic!("{why}"),
        _ => None,
    });
    let file = std::fs::read(&path).unwrap();
    assert_eq!((bytes, hash), (file.len() as u64, *blake3::hash(&file).as_bytes()));
    assert!((7_900..8_400).contains(&length.as_millis()), "{length:?}");

    let spans = |sound: &[i16]| -> Vec<Option<f64>> {
        (0..5).map(|n| at(sound, n * 1_600 + MIDDLE.0, n * 1_600 + MIDDLE.1)).collect()
    };
    let [customer, desk] = channels(&path);
    let (low, high, music) = (Some(300.0), Some(600.0), Some(900.0));
    assert_eq!(spans(&caller.heard()), [high, music, None, high, high], "the caller hears");
    assert_eq!(spans(&agent.heard()), [low, None, low, low, low], "the agent hears");
    assert_eq!(spans(&customer), [low, low, low, None, low], "left");
    assert_eq!(spans(&desk), [high, high, None, None, high], "right");
}

#[test]
fn three_in_conference_hear_the_other_two() {
    let mut floor = Floor::start();
    let mut fars = [300.0, 600.0, 900.0].map(|hz| floor.far(hz, Law::Mu));
    let everybody: Vec<_> = fars.iter().map(|far| far.leg).collect();
    for leg in &everybody {
        floor.hear(*leg, &everybody); // themselves too, which changes nothing
    }
    talk(&mut fars, SPAN);
    for (n, far) in fars.iter().enumerate() {
        let sound = far.heard();
        let middle = &sound[MIDDLE.0 * 8..MIDDLE.1 * 8];
        for (other, hz) in [300.0, 600.0, 900.0].into_iter().enumerate() {
            let strength = telephony::tone::strength(middle, hz);
            let want = if n == other { 0.0..200.0 } else { 3_500.0..4_500.0 };
            assert!(want.contains(&strength), "{n} hears {other} at {strength}");
        }
    }
}

#[test]
fn a_bad_line_with_packets_of_30_ms() {
    let mut floor = Floor::start();
    let (mut caller, mut agent) = (floor.far(300.0, Law::A), floor.far(600.0, Law::A));
    caller.packet_ms = 30;
    // One in twenty is lost, one overtaken, one doubled.
    caller.fate = |n| match n % 20 {
        7 => Fate::Lost,
        11 => Fate::Overtaken,
        15 => Fate::Twice,
        _ => Fate::Arrives,
    };
    floor.hear(agent.leg, &[caller.leg]);
    talk([&mut caller, &mut agent], Duration::from_millis(6_000));
    let sound = agent.heard();
    for second in 1..5 {
        assert_eq!(at(&sound, second * 1_000, second * 1_000 + 1_000), Some(300.0), "{second}");
    }
    floor.send(MediaCommand::Close { leg: caller.leg });
    let report = floor.until(|event| match event {
        MediaEvent::Quality { leg, report, last: true } if leg == caller.leg => Some(report),
        _ => None,
    });
    assert_eq!((report.received, report.lost), (190, 10), "doubles are not counted");
    assert!(report.concealed >= 10 && report.concealed <= 60, "{report:?}");
    assert!(report.mos < 4.2, "{report:?}");
}

#[test]
fn digits_go_both_ways_once_each() {
    let mut floor = Floor::start();
    let mut caller = floor.far(300.0, Law::Mu);
    floor.play(caller.leg, 900.0, 20_000, false);
    talk([&mut caller], Duration::from_millis(400));
    assert!(caller.keypad.dial("15#9"));
    floor.send(MediaCommand::SendDigits { leg: caller.leg, digits: "0*A".to_owned() });
    talk([&mut caller], Duration::from_millis(1_200));
    let mut digits = String::new();
    let mut ended = 0;
    for event in floor.told() {
        match event {
            MediaEvent::Digit { digit, .. } => digits.push(digit),
            MediaEvent::PlayEnded { id, .. } => {
                assert_eq!((id, digits.len()), (7, 0), "the first digit stops it");
                ended += 1;
            }
            _ => {}
        }
    }
    assert_eq!((digits.as_str(), ended), ("15#9", 1));
    assert_eq!(caller.digits, "0*A");
}

#[test]
fn a_secured_trunk_sounds_like_any_other() {
    for short_tag in [false, true] {
        let mut floor = Floor::start();
        // Agreed as secured from the start: what was sent before would be open.
        let (mut caller, mut agent) = (floor.not_agreed(300.0, Law::Mu), floor.far(600.0, Law::Mu));
        let key = |byte| SrtpKey { key_and_salt: [byte; 30], short_tag };
        let srtp = Srtp { ours: key(1), theirs: key(2) };
        caller.secure(&srtp);
        let agreed = agreed(caller.address(), Law::Mu);
        let agreed = telephony::media::Agreed { srtp: Some(srtp), ..agreed };
        floor.send(MediaCommand::Agree { leg: caller.leg, agreed });
        floor.hear(caller.leg, &[agent.leg]);
        floor.hear(agent.leg, &[caller.leg]);
        talk([&mut caller, &mut agent], SPAN);
        assert_eq!(at(&caller.heard(), MIDDLE.0, MIDDLE.1), Some(600.0));
        assert_eq!(at(&agent.heard(), MIDDLE.0, MIDDLE.1), Some(300.0));
    }
}

#[test]
fn a_far_end_that_vanishes_is_told_and_told_when_it_is_back() {
    let mut floor = Floor::start();
    let mut caller = floor.far(300.0, Law::Mu);
    talk([&mut caller], Duration::from_millis(300));
    let since = floor.until(|event| match event {
        MediaEvent::Silent { since, .. } => Some(since),
        _ => None,
    });
    assert!((5..6).contains(&since.as_secs()), "{since:?}");
    talk([&mut caller], Duration::from_millis(300));
    floor.until(|event| matches!(event, MediaEvent::Heard { .. }).then_some(()));
}
