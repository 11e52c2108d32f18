//! Clients, their people, phone books and on-call lists from tables: every fault at once, and all of it or nothing.

use crate::house::{self, Answer, House};
use api::role::Role;
use reqwest::{Method, header};
use serde_json::{Value, json};
use testkit::both_engines;

both_engines!(open;
    a_dry_run_names_every_fault_and_nothing_is_kept,
    a_sound_table_is_kept_whole_and_audited,
    people_are_let_in_by_a_table_and_choose_their_passwords_by_links,
);

async fn open(url: String) -> House {
    House::open(&url).await
}

async fn import(house: &House, kind: &str, keep: bool, table: &str) -> Answer {
    // Only an administrator lets somebody in.
    let role = if kind == "users" { Role::Administrator } else { Role::AccountManager };
    import_as(house, role, kind, &format!("keep={keep}"), table).await
}

async fn import_as(house: &House, role: Role, kind: &str, query: &str, table: &str) -> Answer {
    let path = format!("/api/v1/imports/{kind}?{query}");
    let request = house
        .request(Method::POST, &path, Some(house.person(role)))
        .header(header::CONTENT_TYPE, "text/csv")
        .body(table.to_owned());
    house.send(request).await
}

/// Faults as row, column and code.
fn faults(view: &Value) -> Vec<(u64, &str, &str)> {
    let all = view["faults"].as_array().unwrap().iter();
    all.map(|fault| {
        let text = |name: &str| fault[name].as_str().unwrap();
        (fault["row"].as_u64().unwrap(), text("column"), text("code"))
    })
    .collect()
}

async fn clients(house: &House) -> Vec<String> {
    let admin = house.person(Role::Administrator);
    let all = house.ask(Method::GET, "/api/v1/clients", admin, None).await.expect(200);
    all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["name"].as_str().unwrap().to_owned())
        .collect()
}

async fn a_dry_run_names_every_fault_and_nothing_is_kept(house: House) {
    let table = "name,zone,initials\n\
        Acme,Europe/Paris,AC\n\
        northwind,Europe/Paris,\n\
        ACME,Europe/Berlin,\n\
        Bad Zone,Mars/Base,long\n\
        ,Europe/Paris,\n";
    for keep in [false, true] {
        let view = import(&house, "clients", keep, table).await.expect(200);
        assert_eq!(
            faults(&view),
            [
                (3, "name", "import_name_taken"),
                (4, "name", "import_name_twice"),
                (5, "initials", "initials"),
                (5, "zone", "zone"),
                (6, "name", "import_cell_empty"),
            ],
            "{view}"
        );
        assert_eq!((&view["kept"], &view["rows"]), (&false.into(), &5.into()));
        let zone = view["faults"].as_array().unwrap().iter().find(|f| f["code"] == "zone").unwrap();
        assert_eq!(zone["value"], "Mars/Base");
        assert!(
            zone["next"].as_str().unwrap().contains("Europe/Paris"),
            "what would be accepted: {zone}"
        );
    }
    assert_eq!(clients(&house).await, ["Contoso", "Northwind"]);

    let books = "client;name;number;note\nNorthwind;Ann;not a number;\nNobody;Ben;+33142345678;\n";
    let view = import(&house, "phone-books", true, books).await.expect(200);
    assert_eq!(faults(&view), [(2, "number", "phone_number"), (3, "client", "import_no_client")]);
    let lists = "client,name,phone,email,from,until\n\
        Northwind,Ann,,,,\n\
        Northwind,Ben,12,ben,2026-12-24,2026-12-24 18:00\n\
        Northwind,Cleo,+33142345679,,2026-12-24 18:00,2026-12-24 08:00\n";
    let view = import(&house, "on-call", true, lists).await.expect(200);
    assert_eq!(
        faults(&view),
        [
            (2, "client", "not_reachable"),
            (3, "phone", "not_a_phone"),
            (3, "email", "not_a_mail"),
            (3, "from", "import_not_a_time"),
            (4, "until", "import_ends_before"),
        ],
        "{view}"
    );
    // A wrong header is told alone, and what is no table at all is refused in words.
    let view = import(&house, "clients", false, "name,colour\nA,red\n").await.expect(200);
    assert_eq!(
        faults(&view),
        [(1, "colour", "import_column_unknown"), (1, "zone", "import_column_missing")]
    );
    let empty = import(&house, "clients", false, "").await;
    assert_eq!((empty.status.as_u16(), &empty.body["reason"]), (400, &json!("import_empty")));
    assert_eq!(import(&house, "circus", false, "name\n").await.code(), "not_found");
    let large = import(&house, "clients", false, &"x".repeat(3 * 1024 * 1024)).await;
    assert_eq!(large.status, 413, "{}", large.text);
    for role in [Role::Planner, Role::ShiftLead, Role::ClientManager] {
        let who = house.person(role);
        let refused = house
            .request(Method::POST, "/api/v1/imports/clients", Some(who))
            .body("name,zone\nX,UTC\n");
        assert_eq!(house.send(refused).await.code(), "forbidden", "{}", role.name());
    }
    house.close().await.unwrap();
}

async fn a_sound_table_is_kept_whole_and_audited(house: House) {
    let admin = house.person(Role::Administrator);
    // With a mark, semicolons and the line ends of spreadsheets.
    let table = "\u{feff}Name;Zone;Initials\r\n\"Acme; Sons\";Europe/Paris;\r\nZeta;America/New_York;ZT\r\n";
    let tried = import(&house, "clients", false, table).await.expect(200);
    assert_eq!(
        (&tried["kept"], tried["adds"].as_array().unwrap().len(), &tried["separator"]),
        (&false.into(), 2, &json!(";"))
    );
    assert_eq!(clients(&house).await.len(), 2, "a dry run keeps nothing");
    let kept = import(&house, "clients", true, table).await.expect(200);
    assert_eq!((&kept["kept"], &kept["faults"]), (&true.into(), &json!([])), "{kept}");
    assert_eq!(clients(&house).await, ["Acme; Sons", "Contoso", "Northwind", "Zeta"]);
    let hues: std::collections::BTreeSet<u64> = {
        let all = house.ask(Method::GET, "/api/v1/clients", admin, None).await.expect(200);
        all["items"].as_array().unwrap().iter().map(|c| c["hue"].as_u64().unwrap()).collect()
    };
    assert_eq!(hues.len(), 4, "tags are told apart");

    // An apostrophe that a program wrote before a plus is none of the number.
    let books = "client,name,number,note\nNorthwind,Ann,'+33142345678,days\nZeta,Zoe,+12125550123,\nnorthwind,Ann,+33142345678,days\n";
    let kept = import(&house, "phone-books", true, books).await.expect(200);
    assert_eq!((&kept["kept"], &kept["unchanged"]), (&true.into(), &1.into()), "{kept}");
    let path = format!("/api/v1/clients/{}/phone-book", house.first);
    let book = house.ask(Method::GET, &path, admin, None).await.expect(200);
    assert_eq!(
        book["entries"],
        json!([{ "name": "Ann", "number": "+33142345678", "note": "days" }])
    );
    let again = import(&house, "phone-books", true, books).await.expect(200);
    assert_eq!(
        (&again["kept"], &again["unchanged"]),
        (&false.into(), &3.into()),
        "nothing is new: {again}"
    );

    let lists = "client,name,phone,email,from,until,reason\n\
        Northwind,Ann,+33 1 42 34 56 78,,,,\n\
        Northwind,Ben,,ben@example.org,,,\n\
        Northwind,Ben,,,2026-12-24 18:00,2026-12-27 08:00,Christmas\n\
        Northwind,Ann,,,2026-12-24 18:00,2026-12-27 08:00,Christmas\n";
    let kept = import(&house, "on-call", true, lists).await.expect(200);
    assert_eq!((&kept["kept"], &kept["faults"]), (&true.into(), &json!([])), "{kept}");
    let path = format!("/api/v1/clients/{}/on-call", house.first);
    let list = house.ask(Method::GET, &path, admin, None).await.expect(200);
    let name = |id: &Value| {
        let people = list["people"].as_array().unwrap();
        people.iter().find(|person| person["id"] == *id).unwrap()["name"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let order = |ids: &Value| ids.as_array().unwrap().iter().map(name).collect::<Vec<_>>();
    assert_eq!(order(&list["standing"]), ["Ann", "Ben"]);
    let entry = &list["entries"][0];
    assert_eq!(order(&entry["people"]), ["Ben", "Ann"], "in the order of the table");
    assert_eq!(
        (&entry["from"], &entry["note"]),
        (&"2026-12-24T17:00:00Z".into(), &"Christmas".into())
    );
    assert_eq!(list["people"].as_array().unwrap().len(), 2, "known by name: {list}");

    let audit = house.ask(Method::GET, "/api/v1/audit", admin, None).await.expect(200);
    let actions: Vec<&str> =
        audit["items"].as_array().unwrap().iter().map(|e| e["action"].as_str().unwrap()).collect();
    assert_eq!(actions.iter().filter(|action| **action == "import.kept").count(), 3, "{actions:?}");
    for action in ["client.created", "phone_book.changed", "on_call.changed"] {
        assert!(actions.contains(&action), "{action}: {actions:?}");
    }
    house.close().await.unwrap();
}

async fn people_are_let_in_by_a_table_and_choose_their_passwords_by_links(house: House) {
    let admin = house.person(Role::Administrator);
    let users = format!("/api/v1/clients/{}/users", house.first);
    let count = async || {
        house.ask(Method::GET, &users, admin, None).await.expect(200).as_array().unwrap().len()
    };
    let before = count().await;
    let faulty = "client,name,email,role,login,language\n\
        Northwind,Maud Petit,maud@example.org,manager,maud,fr\n\
        Nobody,Rita,rita@example.org,reader,,\n\
        Northwind,Paul,paul,owner,p,de\n\
        Northwind,Two,two@example.org,reader,MAUD,\n\
        Northwind,Ada,ada@example.org,reader,administrator,\n\
        Northwind,,,,,\n";
    for keep in [false, true] {
        let view = import(&house, "users", keep, faulty).await.expect(200);
        assert_eq!(
            faults(&view),
            [
                (3, "client", "import_no_client"),
                (4, "email", "not_a_mail"),
                (4, "role", "import_role"),
                (4, "login", "login"),
                (4, "language", "language_unknown"),
                (5, "login", "import_login_twice"),
                (6, "login", "import_login_taken"),
                (7, "name", "import_cell_empty"),
                (7, "email", "import_cell_empty"),
                (7, "role", "import_cell_empty"),
            ],
            "{view}"
        );
        assert_eq!((&view["kept"], &view["invitations"]), (&json!(false), &json!([])));
    }
    assert_eq!(count().await, before, "nothing was kept");

    let table = "client;name;email;role;login\n\
        northwind;Maud Petit;maud@example.org;Manager;Maud\n\
        Contoso;Rita Blanc;rita@example.org;client_reader;\n";
    let tried = import(&house, "users", false, table).await.expect(200);
    assert_eq!((&tried["faults"], &tried["invitations"]), (&json!([]), &json!([])), "{tried}");
    assert_eq!(tried["adds"][0]["adds"], "Maud Petit (maud)");
    assert_eq!(count().await, before, "a dry run keeps nothing");
    let kept = import(&house, "users", true, table).await.expect(200);
    assert_eq!(kept["kept"], true, "{kept}");
    let invitations = kept["invitations"].as_array().unwrap();
    for (given, login, client, role) in [
        (&invitations[0], "maud", house.first, Role::ClientManager),
        (&invitations[1], "rita@example.org", house.second, Role::ClientReader),
    ] {
        assert_eq!(given["login"], login);
        let refused = house.try_sign_in(login, house::PASSWORD).await;
        assert_eq!(refused.status, 401, "nobody signs in without a password");
        let key = given["link"].as_str().unwrap().rsplit_once('#').unwrap().1;
        let body = json!({ "key": key, "password": house::PASSWORD });
        let chosen = house.call(Method::POST, "/api/v1/invitation/password", None, Some(&body));
        let chosen = chosen.await.expect(200);
        assert_eq!(chosen["role"], role.name());
        assert_eq!(chosen["client"]["id"], json!(client));
        let me = house.sign_in(login).await;
        let own = house.ask(Method::GET, "/api/v1/reports/contacts", &me, None).await;
        assert_eq!(own.status, 200, "{}", own.text);
        let again =
            house.call(Method::POST, "/api/v1/invitation/password", None, Some(&body)).await;
        assert_eq!(again.status, 404, "a link is good once");
    }
    assert_eq!(count().await, before + 1);
    let again = import(&house, "users", true, table).await.expect(200);
    let nothing = (&again["kept"], &again["unchanged"], &again["invitations"]);
    assert_eq!(nothing, (&json!(false), &json!(2), &json!([])), "they are there: {again}");

    // Without a mail server nothing can be mailed; and nobody else lets people in.
    let more = "client,name,email,role\nNorthwind,Lou,lou@example.org,reader\n";
    let refused =
        import_as(&house, Role::Administrator, "users", "keep=true&mail=true", more).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.body["reason"]),
        (409, &json!("mail_unconfigured"))
    );
    for role in [Role::AccountManager, Role::Planner, Role::ClientManager] {
        let refused = import_as(&house, role, "users", "keep=true", more).await;
        assert_eq!(refused.code(), "forbidden", "{}", role.name());
    }
    assert_eq!(count().await, before + 1);
    let audit = house.ask(Method::GET, "/api/v1/audit", admin, None).await.expect(200).to_string();
    assert!(audit.contains("user.invited") && audit.contains("import.kept"), "{audit}");
    for given in invitations {
        let key = given["link"].as_str().unwrap().rsplit_once('#').unwrap().1;
        assert!(!audit.contains(key), "no key is in the audit log");
    }
    house.close().await.unwrap();
}
