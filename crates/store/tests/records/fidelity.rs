//! What nights' replays came to.

use domain::{Day, FloorId};

use super::*;

testkit::both_engines!(open; a_days_replay_is_kept_replaced_and_found);

const FLOOR: FloorId = FloorId::from_u128(7);

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn kept(of: &str, is_equal: bool) -> FidelityDay {
    FidelityDay {
        floor: FLOOR,
        day: day(of),
        zone: "Europe/Paris".to_owned(),
        is_equal,
        program: "0.1.0".to_owned(),
        made: at(99),
        took_ms: 1_234,
        report: json!({ "is_equal": is_equal, "all": { "offered": 7 } }),
    }
}

async fn keep(store: &Store, kept: &FidelityDay, played: Option<serde_json::Value>) {
    let details = FidelityDetails { clients: json!([{ "client": 1 }]), played };
    let kept = kept.clone();
    write!(store, |tx| tx.keep_fidelity(&P, &kept, &details)).unwrap();
}

async fn a_days_replay_is_kept_replaced_and_found(store: Store) {
    for of in ["2026-11-24", "2026-11-26", "2026-11-25"] {
        keep(&store, &kept(of, true), None).await;
    }
    let mut view = store.view();
    let days = view.fidelity_days(&P, FLOOR, None, 9).await.unwrap();
    let found: Vec<String> = days.iter().map(|kept| kept.day.to_string()).collect();
    assert_eq!(found, ["2026-11-26", "2026-11-25", "2026-11-24"]);
    let before = view.fidelity_days(&P, FLOOR, Some(day("2026-11-26")), 1).await.unwrap();
    assert_eq!(before, [kept("2026-11-25", true)]);
    let details = view.fidelity_details(&P, FLOOR, day("2026-11-25")).await.unwrap().unwrap();
    assert_eq!((details.clients, details.played), (json!([{ "client": 1 }]), None));
    // A later replay of the same day takes its place.
    keep(&store, &kept("2026-11-25", false), Some(json!({ "contacts": 3 }))).await;
    let now = view.fidelity_day(&P, FLOOR, day("2026-11-25")).await.unwrap();
    assert_eq!(now, Some(kept("2026-11-25", false)));
    let details = view.fidelity_details(&P, FLOOR, day("2026-11-25")).await.unwrap().unwrap();
    assert_eq!(details.played, Some(json!({ "contacts": 3 })));
    assert_eq!(view.fidelity_day(&P, FLOOR, day("2026-11-27")).await.unwrap(), None);
    let other = FloorId::from_u128(8);
    assert!(view.fidelity_days(&P, other, None, 9).await.unwrap().is_empty());
    assert_eq!(view.fidelity_details(&P, other, day("2026-11-25")).await.unwrap(), None);
}
