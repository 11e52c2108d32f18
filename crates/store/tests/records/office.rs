//! What the provider sets up: clients, contracts, people, settings, the audit log.

use testkit::both_engines;

use super::*;

both_engines!(open;
    a_client_is_created_changed_and_found,
    two_clients_cannot_have_one_name,
    contracts_are_published_in_order_and_hold_by_time,
    a_draft_is_saved_and_gone_once_published,
    the_floor_is_planned_and_counted,
    an_agent_keeps_what_may_be_taken,
    a_user_signs_in_whatever_the_case,
    sessions_end,
    settings_are_versioned,
    the_audit_log_is_paged_from_the_newest,
    a_widget_is_found_by_its_key,
    canned_answers_are_unique_by_language,
    a_proposal_is_decided_once,
);

async fn a_client_is_created_changed_and_found(store: Store) {
    let mut found = store.view().client(&ONE).await.unwrap().unwrap();
    assert_eq!(found, client(1, "Hôtel Saint-Roch"));
    found.status = ClientStatus::Live;
    found.hue = 12;
    let change = found.clone();
    write!(store, |tx| tx.change_client(&ONE, &change)).unwrap();
    let stale = found.clone();
    let error = write!(store, |tx| tx.change_client(&ONE, &stale)).unwrap_err();
    assert!(matches!(error, StoreError::Stale { .. }), "{error}");
    let now = store.view().client(&ONE).await.unwrap().unwrap();
    assert_eq!((now.version, now.status, now.hue), (2, ClientStatus::Live, 12));

    let names = |clients: Vec<Client>| clients.into_iter().map(|c| c.name).collect::<Vec<_>>();
    let mut view = store.view();
    assert_eq!(
        names(view.clients(&P, Some("hotel"), None, 9).await.unwrap()),
        ["Hôtel Saint-Roch"]
    );
    assert_eq!(names(view.clients(&P, None, None, 1).await.unwrap()), ["Hôtel Saint-Roch"]);
    let rest = view.clients(&P, None, Some("Hôtel Saint-Roch"), 9).await.unwrap();
    assert_eq!(names(rest), ["Northwind"]);
    assert!(view.clients(&P, Some("%"), None, 9).await.unwrap().is_empty(), "taken literally");
}

async fn two_clients_cannot_have_one_name(store: Store) {
    let same = client(3, "HOTEL saint-roch");
    let error = write!(store, |tx| tx.create_client(&P, &same)).unwrap_err();
    assert!(error.is_conflict_of("client_name_folded"), "{error:?}");
}

fn contract(version: u32, valid_from: i64) -> ContractVersion {
    let document = serde_json::from_value(json!({
        "client": ClientId::from_u128(1),
        "version": version,
        "valid_from": at(valid_from),
        "zone": "Europe/Paris",
        "hours": CalendarId::from_u128(1),
        "periods": [],
        "queues": [],
        "languages": ["fr"],
        "closed": {"kind": "wait", "text": []},
        "retention_days": 90,
    }));
    ContractVersion {
        client: ClientId::from_u128(1),
        version,
        valid_from: at(valid_from),
        document: document.unwrap(),
        author: Some(UserId::from_u128(1)),
        author_name: "Ada".to_owned(),
        note: "because".to_owned(),
        published: at(50),
    }
}

async fn contracts_are_published_in_order_and_hold_by_time(store: Store) {
    let mut view = store.view();
    assert_eq!(view.contract_in_force(&ONE, at(99)).await.unwrap(), None);
    for (version, from) in [(1, 100), (2, 300), (3, 200)] {
        let contract = contract(version, from);
        write!(store, |tx| tx.publish_contract(&ONE, &contract)).unwrap();
    }
    for bad in [contract(3, 400), contract(5, 400), contract(0, 400)] {
        let version = bad.version;
        let error = write!(store, |tx| tx.publish_contract(&ONE, &bad)).unwrap_err();
        assert!(matches!(error, StoreError::Stale { .. }), "version {version}: {error}");
    }
    for (moment, want) in [(99, None), (100, Some(1)), (250, Some(3)), (300, Some(2))] {
        let held = view.contract_in_force(&ONE, at(moment)).await.unwrap();
        assert_eq!(held.as_ref().map(|c| c.version), want, "at {moment}");
        let all = view.contracts_in_force(&P, at(moment)).await.unwrap();
        assert_eq!(all, held.into_iter().collect::<Vec<_>>(), "at {moment}");
    }
    assert_eq!(view.next_contract_change(&P, at(150)).await.unwrap(), Some(at(200)));
    assert_eq!(view.next_contract_change(&P, at(300)).await.unwrap(), None);
    assert_eq!(view.contract_version(&ONE, 3).await.unwrap(), Some(contract(3, 200)));
    let history: Vec<u32> =
        view.contract_versions(&ONE).await.unwrap().iter().map(|c| c.version).collect();
    assert_eq!(history, [3, 2, 1]);
    assert!(view.contract_versions(&TWO).await.unwrap().is_empty());
}

async fn a_draft_is_saved_and_gone_once_published(store: Store) {
    let draft = ContractDraft {
        client: ONE.client(),
        based_on: None,
        document: json!({"zone": "nowhere yet"}),
        author_name: "Ada".to_owned(),
        changed: at(7),
        version: 0,
    };
    let first = draft.clone();
    write!(store, |tx| tx.save_contract_draft(&ONE, &first)).unwrap();
    let again = draft.clone();
    assert!(write!(store, |tx| tx.save_contract_draft(&ONE, &again)).is_err());
    let kept = store.view().contract_draft(&ONE).await.unwrap().unwrap();
    assert_eq!(kept, ContractDraft { version: 1, ..draft });
    let next = ContractDraft { document: json!([1]), ..kept };
    write!(store, |tx| tx.save_contract_draft(&ONE, &next)).unwrap();
    write!(store, |tx| tx.publish_contract(&ONE, &contract(1, 5))).unwrap();
    assert_eq!(store.view().contract_draft(&ONE).await.unwrap(), None);
}

async fn the_floor_is_planned_and_counted(store: Store) {
    let calendar = Calendar {
        id: CalendarId::from_u128(1),
        name: "Office".to_owned(),
        zone: "Europe/Paris".to_owned(),
        weekly: vec![],
        holidays: vec![],
        closures: vec![],
    };
    let pool = Pool {
        id: PoolId::from_u128(1),
        name: "Reception".to_owned(),
        fairness_cap_percent: 60,
        agents: 0,
        version: 1,
    };
    let team = Team {
        client: TWO.client(),
        id: TeamId::from_u128(1),
        name: "Northwind's".to_owned(),
        agents: 0,
        version: 1,
    };
    let skill = Skill { id: SkillId::from_u128(1), name: "VPN".to_owned(), agents: 0, version: 1 };
    let site = Site { id: SiteId::from_u128(1), name: "Lyon".to_owned(), agents: 0, version: 1 };
    let (c, p, t, k, s) =
        (calendar.clone(), pool.clone(), team.clone(), skill.clone(), site.clone());
    store
        .tx(move |tx| {
            Box::pin(async move {
                tx.create_calendar(&P, &c).await?;
                tx.create_pool(&P, &p).await?;
                tx.create_team(&TWO, &t).await?;
                tx.create_skill(&P, &k).await?;
                tx.create_site(&P, &s).await?;
                for (id, name, disabled) in [(ANNA, "Anna", false), (BEN, "Ben", true)] {
                    let agent = Agent {
                        pools: vec![p.id],
                        team: Some(t.id),
                        site: Some(s.id),
                        skills: vec![AgentSkill { skill: k.id, level: 4 }],
                        disabled,
                        ..agent(id, name)
                    };
                    tx.change_agent(&P, &agent).await?;
                }
                Ok(())
            })
        })
        .await
        .unwrap();
    let mut view = store.view();
    assert_eq!(view.pools(&P).await.unwrap(), [Pool { agents: 1, ..pool.clone() }]);
    assert_eq!(view.teams(&P).await.unwrap(), [Team { agents: 1, ..team.clone() }]);
    assert_eq!(view.teams_of(&TWO).await.unwrap().len(), 1);
    assert!(view.teams_of(&ONE).await.unwrap().is_empty());
    assert_eq!(view.skills(&P).await.unwrap(), [Skill { agents: 1, ..skill.clone() }]);
    assert_eq!(view.sites(&P).await.unwrap(), [Site { agents: 1, ..site.clone() }]);
    let kept = view.calendar(&P, calendar.id).await.unwrap().unwrap();
    assert_eq!(kept, CalendarRecord { document: calendar, version: 1 });
    store
        .tx(move |tx| {
            Box::pin(async move {
                let mut calendar = kept;
                calendar.document.name = "Bureau".to_owned();
                tx.change_calendar(&P, &calendar).await?;
                tx.change_pool(&P, &Pool { name: "Desk".to_owned(), ..pool }).await?;
                tx.change_team(&TWO, &Team { name: "Help".to_owned(), ..team }).await?;
                tx.change_skill(&P, &Skill { name: "Wi-Fi".to_owned(), ..skill }).await?;
                tx.change_site(&P, &Site { name: "Paris".to_owned(), ..site }).await
            })
        })
        .await
        .unwrap();
    assert_eq!(view.calendars(&P).await.unwrap()[0].document.name, "Bureau");
    assert_eq!(view.calendars(&P).await.unwrap()[0].version, 2);
    assert_eq!(view.pools(&P).await.unwrap()[0].name, "Desk");
    assert_eq!(view.teams(&P).await.unwrap()[0].name, "Help");
    assert_eq!(view.skills(&P).await.unwrap()[0].name, "Wi-Fi");
    assert_eq!(view.sites(&P).await.unwrap()[0].version, 2);
}

async fn an_agent_keeps_what_may_be_taken(store: Store) {
    let mut anna = store.view().agent(&P, ANNA).await.unwrap().unwrap();
    assert_eq!(anna, agent(ANNA, "Anna"));
    anna.clients = vec![
        AgentClient { client: ONE.client(), signed_off: true, alias: Some("Claire".to_owned()) },
        AgentClient { client: TWO.client(), signed_off: false, alias: None },
    ];
    let change = anna.clone();
    write!(store, |tx| tx.change_agent(&P, &change)).unwrap();
    anna.version = 2;
    let mut view = store.view();
    assert_eq!(view.agent(&P, ANNA).await.unwrap(), Some(anna.clone()));
    assert_eq!(view.agents(&P).await.unwrap(), [anna.clone(), agent(BEN, "Ben")]);
    assert_eq!((anna.alias_for(ONE.client()), anna.alias_for(TWO.client())), ("Claire", "Anna"));
    assert_eq!(anna.sign_offs().collect::<Vec<_>>(), [ONE.client()]);
    let aliases = view.agent_aliases(&ONE).await.unwrap();
    assert_eq!((aliases[&ANNA].as_str(), aliases[&BEN].as_str()), ("Claire", "Ben"));
    assert_eq!(view.agent(&P, AgentId::from_u128(404)).await.unwrap(), None);
    let stray = Agent { pools: vec![PoolId::from_u128(404)], ..anna };
    let error = write!(store, |tx| tx.change_agent(&P, &stray)).unwrap_err();
    assert!(matches!(error, StoreError::MissingReference { .. }), "{error:?}");
    assert_eq!(view.agent(&P, ANNA).await.unwrap().unwrap().version, 2);
}

fn user(n: u128, login: &str) -> User {
    User {
        id: UserId::from_u128(n),
        login: login.to_owned(),
        name: "Ada Lovelace".to_owned(),
        password_hash: "$argon2id$…".to_owned(),
        role: "administrator".to_owned(),
        client: None,
        agent: None,
        language: Language::EN,
        disabled: false,
        version: 1,
    }
}

async fn a_user_signs_in_whatever_the_case(store: Store) {
    assert!(store.view().is_first_run().await.unwrap());
    write!(store, |tx| tx.create_user(&P, &user(1, "Ada"))).unwrap();
    assert!(!store.view().is_first_run().await.unwrap());
    let mut view = store.view();
    let mut ada = view.user_by_login(" ADA ").await.unwrap().unwrap();
    assert_eq!(ada, user(1, "ada"));
    assert_eq!(view.user_by_login("ad").await.unwrap(), None);
    let error = write!(store, |tx| tx.create_user(&P, &user(2, "aDa"))).unwrap_err();
    assert!(error.is_conflict_of("app_user_login"), "{error:?}");
    ada.agent = Some(ANNA);
    ada.client = Some(ONE.client());
    let change = ada.clone();
    write!(store, |tx| tx.change_user(&P, &change)).unwrap();
    let twin = User { agent: Some(ANNA), ..user(3, "bob") };
    let error = write!(store, |tx| tx.create_user(&P, &twin)).unwrap_err();
    assert!(error.is_conflict_of("app_user_agent_id"), "{error:?}");
    write!(store, |tx| tx.set_password(&P, UserId::from_u128(1), "$new")).unwrap();
    write!(store, |tx| tx.set_language(&P, UserId::from_u128(1), Language::RU)).unwrap();
    let now = view.user(&P, ada.id).await.unwrap().unwrap();
    let want = User { version: 4, password_hash: "$new".into(), language: Language::RU, ..ada };
    assert_eq!(now, want);
    write!(store, |tx| tx.create_user(&P, &user(4, "zoe"))).unwrap();
    assert_eq!(view.users(&P, Some("ADA"), 9).await.unwrap()[0].login, "zoe");
    assert!(!format!("{now:?}").contains("$new"));
}

async fn sessions_end(store: Store) {
    let session = |n: u8, expires| Session {
        id: SessionId::from_u128(u128::from(n)),
        token_hash: [n; 32],
        csrf: format!("csrf-{n}"),
        user: UserId::from_u128(1),
        created: at(0),
        expires: at(expires),
    };
    write!(store, |tx| tx.create_user(&P, &user(1, "ada"))).unwrap();
    for n in 1..=4 {
        let session = session(n, 100);
        write!(store, |tx| tx.create_session(&P, &session)).unwrap();
    }
    let mut view = store.view();
    let found = view.session([1; 32], at(99)).await.unwrap().unwrap();
    assert_eq!(found, (session(1, 100), user(1, "ada")));
    assert_eq!(view.session([1; 32], at(100)).await.unwrap(), None, "expired");
    assert_eq!(view.session([9; 32], at(0)).await.unwrap(), None, "never given");
    write!(store, |tx| tx.extend_session(&P, SessionId::from_u128(1), at(200))).unwrap();
    assert!(view.session([1; 32], at(150)).await.unwrap().is_some());
    write!(store, |tx| tx.end_session(&P, SessionId::from_u128(2))).unwrap();
    assert_eq!(view.session([2; 32], at(0)).await.unwrap(), None);
    let but = Some(SessionId::from_u128(1));
    let ended = write!(store, |tx| tx.end_sessions_of(&P, UserId::from_u128(1), but)).unwrap();
    assert_eq!(ended, 2);
    let disabled = User { disabled: true, ..user(1, "ada") };
    write!(store, |tx| tx.change_user(&P, &disabled)).unwrap();
    assert_eq!(view.session([1; 32], at(0)).await.unwrap(), None, "a disabled user's");
    assert_eq!(write!(store, |tx| tx.drop_expired_sessions(&P, at(200))).unwrap(), 1);
    assert_eq!(write!(store, |tx| tx.end_sessions_of(&P, UserId::from_u128(1), None)).unwrap(), 0);
}

async fn settings_are_versioned(store: Store) {
    assert_eq!(store.view().setting(&P, "provider").await.unwrap(), None);
    let setting = |version, name: &str| Setting {
        key: "provider".to_owned(),
        value: json!({ "name": name }),
        version,
    };
    write!(store, |tx| tx.save_setting(&P, &setting(0, "A"))).unwrap();
    assert!(write!(store, |tx| tx.save_setting(&P, &setting(0, "B"))).is_err());
    write!(store, |tx| tx.save_setting(&P, &setting(1, "C"))).unwrap();
    assert!(write!(store, |tx| tx.save_setting(&P, &setting(1, "D"))).is_err());
    assert_eq!(store.view().setting(&P, "provider").await.unwrap(), Some(setting(2, "C")));
}

async fn the_audit_log_is_paged_from_the_newest(store: Store) {
    let entry = |n: u128, client: Option<ClientId>| AuditEntry {
        id: AuditId::from_u128(n),
        // Two entries at each instant: the id breaks the tie.
        at: at(i64::try_from(n / 2).unwrap()),
        user: Some(UserId::from_u128(n % 3)),
        user_name: "Ada".to_owned(),
        action: "client.changed".to_owned(),
        object_kind: if n.is_multiple_of(2) { "client" } else { "agent" }.to_owned(),
        object: n.to_string(),
        client,
        before: json!(null),
        after: json!({"n": n.to_string()}),
        request_id: "r".to_owned(),
    };
    for n in 0..10 {
        let entry = entry(n, (n < 4).then_some(ONE.client()));
        write!(store, |tx| tx.audit(&entry)).unwrap();
    }
    let mut seen = Vec::new();
    let mut filter = AuditFilter::default();
    loop {
        let page = store.view().audit_entries(&P, &filter, 3).await.unwrap();
        let Some(last) = page.last() else { break };
        filter.before = Some((last.at, last.id));
        seen.extend(page.into_iter().map(|e| e.object));
    }
    assert_eq!(seen, ["9", "8", "7", "6", "5", "4", "3", "2", "1", "0"]);
    let of = async |filter: AuditFilter| store.view().audit_entries(&P, &filter, 99).await.unwrap();
    assert_eq!(of(AuditFilter { client: Some(ONE.client()), ..Default::default() }).await.len(), 4);
    let kind = AuditFilter { object_kind: Some("agent".to_owned()), ..Default::default() };
    assert_eq!(of(kind).await.len(), 5);
    let object = AuditFilter { object: Some("7".to_owned()), ..Default::default() };
    assert_eq!(of(object).await, [entry(7, None)]);
    let user = AuditFilter { user: Some(UserId::from_u128(0)), ..Default::default() };
    assert_eq!(of(user).await.len(), 4);
}

async fn a_widget_is_found_by_its_key(store: Store) {
    let mut view = store.view();
    assert_eq!(view.widget_by_key("key-1").await.unwrap(), Some(widget(1)));
    assert_eq!(view.widget_by_key("key-9").await.unwrap(), None);
    assert_eq!(view.widget(&TWO, WidgetId::from_u128(1)).await.unwrap(), None);
    let mut changed = widget(1);
    changed.origins.push("https://shop.example.org".to_owned());
    changed.key = "ignored".to_owned();
    let change = changed.clone();
    write!(store, |tx| tx.change_widget(&ONE, &change)).unwrap();
    write!(store, |tx| tx.rotate_widget_secret(&ONE, WidgetId::from_u128(1), "other")).unwrap();
    let now = view.widgets(&ONE).await.unwrap().remove(0);
    let want = Widget { key: "key-1".into(), secret: "other".into(), version: 3, ..changed };
    assert_eq!(now, want);
    let twin = Widget { id: WidgetId::from_u128(8), ..widget(1) };
    let error = write!(store, |tx| tx.create_widget(&ONE, &twin)).unwrap_err();
    assert!(error.is_conflict_of("widget_key"), "{error:?}");
}

async fn canned_answers_are_unique_by_language(store: Store) {
    let answer = |n: u128, language, body: &str| CannedAnswer {
        client: ONE.client(),
        id: Uuid::from_u128(n),
        shortcut: "hours".to_owned(),
        language,
        body: body.to_owned(),
        version: 1,
    };
    let (fr, en) = (answer(1, Language::FR, "De 9 h à 18 h"), answer(2, Language::EN, "9 to 6"));
    for new in [fr.clone(), en.clone()] {
        write!(store, |tx| tx.create_canned_answer(&ONE, &new)).unwrap();
    }
    let twin = answer(3, Language::FR, "Encore");
    assert!(write!(store, |tx| tx.create_canned_answer(&ONE, &twin)).is_err());
    let change = CannedAnswer { body: "9 h à 19 h".to_owned(), ..fr };
    write!(store, |tx| tx.change_canned_answer(&ONE, &change)).unwrap();
    assert_eq!(store.view().canned_answers(&ONE).await.unwrap().len(), 2);
    let id = en.id;
    assert!(write!(store, |tx| tx.remove_canned_answer(&ONE, id)).unwrap());
    assert!(!write!(store, |tx| tx.remove_canned_answer(&ONE, id)).unwrap());
    let left = store.view().canned_answer(&ONE, Uuid::from_u128(1)).await.unwrap().unwrap();
    assert_eq!((left.body.as_str(), left.version), ("9 h à 19 h", 2));
}

async fn a_proposal_is_decided_once(store: Store) {
    let proposal = |scope: &ClientScope, n: u128| Proposal {
        client: scope.client(),
        id: ProposalId::from_u128(n),
        based_on: 1,
        document: json!({"zone": "Europe/Paris"}),
        note: "Longer hours, please".to_owned(),
        author: None,
        author_name: "Maud".to_owned(),
        proposed: at(10 + i64::try_from(n).unwrap()),
        state: ProposalState::Open,
        answer: String::new(),
        decided_by: None,
        decided: None,
        contract_version: None,
        version: 1,
    };
    let (first, second, other) = (proposal(&ONE, 1), proposal(&ONE, 2), proposal(&TWO, 3));
    for new in [first.clone(), second.clone()] {
        assert!(write!(store, |tx| tx.create_proposal(&ONE, &new, 2)).unwrap());
    }
    let (third, again) = (proposal(&ONE, 4), proposal(&ONE, 4));
    assert!(!write!(store, |tx| tx.create_proposal(&ONE, &third, 2)).unwrap(), "no room");
    let kept = other.clone();
    assert!(write!(store, |tx| tx.create_proposal(&TWO, &kept, 2)).unwrap(), "another client");

    let listed = store.view().proposals(&ONE, 9).await.unwrap();
    assert_eq!(listed, [second.clone(), first.clone()]);
    let open = store.view().open_proposals(&P, 9).await.unwrap();
    assert_eq!(open, [first.clone(), second.clone(), other.clone()]);
    assert_eq!(store.view().proposal(&TWO, first.id).await.unwrap(), None, "not theirs");

    let yes = Proposal {
        state: ProposalState::Accepted,
        answer: "With pleasure".to_owned(),
        decided_by: Some("Ada".to_owned()),
        decided: Some(at(99)),
        contract_version: Some(2),
        ..first.clone()
    };
    let change = yes.clone();
    let wrong = write!(store, |tx| tx.decide_proposal(&TWO, &change)).unwrap_err();
    assert!(matches!(wrong, StoreError::Stale { .. }), "{wrong}");
    let change = yes.clone();
    write!(store, |tx| tx.decide_proposal(&ONE, &change)).unwrap();
    let decided = store.view().proposal(&ONE, first.id).await.unwrap().unwrap();
    assert_eq!(decided, Proposal { version: 2, ..yes });
    // Neither the version it was read with nor the new one decides it again.
    for version in [1, 2] {
        let again = Proposal { state: ProposalState::Refused, version, ..first.clone() };
        let error = write!(store, |tx| tx.decide_proposal(&ONE, &again)).unwrap_err();
        assert!(matches!(error, StoreError::Stale { .. }), "{error}");
    }
    assert_eq!(store.view().open_proposals(&P, 9).await.unwrap(), [second, other]);
    assert!(write!(store, |tx| tx.create_proposal(&ONE, &again, 2)).unwrap(), "room again");
}
