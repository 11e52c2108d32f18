//! What nothing uses any more can be removed; what something uses cannot, on both engines.
#![allow(clippy::unwrap_used)] // every unwrap here is an assertion

use domain::{AgentId, Language, PoolId, SkillId, Timestamp, contract::Channel};
use store::{ProviderScope, Store, StoreError, records::*};
use testkit::both_engines;

both_engines!(open; a_pool_is_removed_once_no_agent_serves_it, only_contracts_to_come_or_in_force_are_told,);

const P: ProviderScope = ProviderScope::granted();
const POOL: PoolId = PoolId::from_u128(1);

async fn open(url: String) -> Store {
    Store::open(&url).await.expect("the store opens")
}

async fn a_pool_is_removed_once_no_agent_serves_it(store: Store) {
    let agent = Agent {
        id: AgentId::from_u128(1),
        name: "Anna".to_owned(),
        alias: "Anna".to_owned(),
        team: None,
        site: None,
        languages: vec![Language::FR],
        channels: vec![(Channel::Chat, 2)],
        pools: vec![POOL],
        skills: vec![],
        clients: vec![],
        disabled: false,
        version: 1,
    };
    let idle = Agent { pools: vec![], ..agent.clone() };
    store
        .tx(move |tx| {
            Box::pin(async move {
                let pool = Pool {
                    id: POOL,
                    name: "Day".to_owned(),
                    fairness_cap_percent: 50,
                    agents: 0,
                    version: 1,
                };
                tx.create_pool(&P, &pool).await?;
                tx.create_agent(&P, &agent).await
            })
        })
        .await
        .unwrap();
    let remove = || store.tx(|tx| Box::pin(async move { tx.remove_pool(&P, POOL).await }));
    let error = remove().await.unwrap_err();
    assert!(matches!(error, StoreError::MissingReference { .. }), "{error:?}");
    store.tx(move |tx| Box::pin(async move { tx.change_agent(&P, &idle).await })).await.unwrap();
    assert!(remove().await.unwrap());
    assert!(!remove().await.unwrap());
    let skill = SkillId::from_u128(404);
    assert!(
        !store
            .tx(move |tx| Box::pin(async move { tx.remove_skill(&P, skill).await }))
            .await
            .unwrap()
    );
}

async fn only_contracts_to_come_or_in_force_are_told(store: Store) {
    assert!(store.view().contracts_from(&P, Timestamp::from_secs(0)).await.unwrap().is_empty());
}
