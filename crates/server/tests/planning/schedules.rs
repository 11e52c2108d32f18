//! Schedules of shifts: planned, changed by hand, refused with every fault, published, and kept to.
use std::time::Duration;

use api::role::Role;
use domain::{AgentId, Day, Timestamp, Zone};
use reqwest::Method;
use routing::{AwayReason, Input, Presence};
use serde_json::{Value, json};
use server::schedules::{Files, Found, NotFound, Planner};
use testkit::both_engines;
use uuid::Uuid;

use crate::house::{Answer, House, Person, id, profile};

both_engines!(open;
    a_week_is_planned_within_its_rules_and_says_how_good_it_is,
    what_breaks_a_rule_is_named_whole_and_not_published,
    what_people_go_by_is_replaced_whole_or_not_at_all,
    agents_are_held_to_what_is_published,
    what_cannot_be_understood_is_refused_with_every_fault,
);

async fn open(url: String) -> House {
    House::open_planning(&url, InThisProcess).await
}

/// The planner that the command line runs in a process of its own.
#[derive(Debug)]
struct InThisProcess;

struct Watching<'a> {
    begun: server::clock::Stopwatch,
    told: &'a (dyn Fn(Duration) -> bool + Sync),
}

impl rosters::Watch for Watching<'_> {
    fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }
    fn stop(&self) -> bool {
        (self.told)(self.begun.elapsed())
    }
    fn progress(&self, _: rosters::Progress) {}
}

impl Planner for InThisProcess {
    fn plan(
        &self,
        files: &Files,
        told: &(dyn Fn(Duration) -> bool + Sync),
    ) -> Result<Found, NotFound> {
        let (plan, required) = files.read().unwrap();
        let begun = server::clock::Stopwatch::start();
        let watch = Watching { begun, told };
        let options = rosters::Options { time_limit: files.time_limit, gap: files.gap };
        match rosters::plan(&plan, &required, options, &watch) {
            Ok(answer) => Ok(Found {
                roster: answer.roster,
                bound: answer.bound,
                early: answer.early,
                took: watch.begun.elapsed(),
            }),
            Err(_) if told(watch.begun.elapsed()) => Err(NotFound::Stopped),
            Err(error) => Err(NotFound::Refused(error.to_string())),
        }
    }
}

/// People of the floor, by name, with the first Monday that lies ahead.
struct Floor {
    people: Vec<Uuid>,
    monday: Day,
    zone: Zone,
}

async fn floor(house: &House, names: &[&str]) -> Floor {
    let admin = house.person(Role::Administrator);
    let mut people = Vec::new();
    for name in names {
        let made = house.ask(Method::POST, "/api/v1/agents", admin, Some(&profile(name))).await;
        people.push(id(&made.expect(201)["id"]));
    }
    let zone = house.app.floor.directory().floor_zone();
    let mut monday = zone.day_at(house.app.clock.now()).next();
    while monday.weekday() != domain::calendar::Weekday::Monday {
        monday = monday.next();
    }
    Floor { people, monday, zone }
}

impl Floor {
    /// Two agents from nine to five on Monday and Tuesday.
    fn request(&self) -> Value {
        let day = |n: i64| self.monday.plus(n);
        let required: Vec<Value> = (0..2)
            .flat_map(|n| (9..17).map(move |hour| (n, hour)))
            .map(|(n, hour)| json!({ "from": format!("{}T{hour:02}:00", day(n)), "agents": 2 }))
            .collect();
        let agents: Vec<Value> =
            self.people.iter().map(|agent| json!({ "agent": agent })).collect();
        json!({
            "first_day": self.monday.to_string(), "agents": agents, "interval_min": 60,
            "required": required, "time_limit_s": 600, "gap": 0.25,
        })
    }

    /// A whole day from nine, with the breaks of the usual rules.
    fn duty(&self, person: usize, day: i64, start: &str) -> Value {
        json!({
            "agent": self.people[person], "day": self.monday.plus(day).to_string(), "start": start,
            "length_min": 510, "shift": 0, "breaks": [
                { "after_min": 90, "length_min": 15 }, { "after_min": 240, "length_min": 30 },
                { "after_min": 375, "length_min": 15 },
            ],
        })
    }

    fn at(&self, day: i64, minute: u16) -> Timestamp {
        self.zone.opening(self.monday.plus(day), minute)
    }
}

fn planner(house: &House) -> &Person {
    house.person(Role::Planner)
}

async fn ask(house: &House, method: Method, path: &str, body: Option<&Value>) -> Answer {
    let path = format!("/api/v1/planning/schedules{path}");
    house.ask(method, &path, planner(house), body).await
}

/// An empty draft with these duties.
async fn draft(house: &House, floor: &Floor, duties: &[Value]) -> Value {
    let made = ask(house, Method::POST, "", Some(&floor.request())).await.expect(201);
    let path = format!("/{}", made["schedule"].as_str().unwrap());
    let change = json!({ "title": "By hand", "duties": duties, "version": made["version"] });
    ask(house, Method::PUT, &path, Some(&change)).await.expect(200)
}

async fn publish(house: &House, schedule: &Value) -> Answer {
    let path = format!("/{}/publish", schedule["schedule"].as_str().unwrap());
    ask(house, Method::POST, &path, Some(&json!({ "version": schedule["version"] }))).await
}

async fn a_week_is_planned_within_its_rules_and_says_how_good_it_is(house: House) {
    let floor = floor(&house, &["Anna", "Ben", "Cleo"]).await;
    let begun = ask(&house, Method::POST, "/plan", Some(&floor.request())).await.expect(202);
    assert_eq!(begun["kind"], "schedule");
    let path = format!("/plan/{}", begun["job"].as_str().unwrap());
    let done = tokio::time::timeout(Duration::from_secs(300), async {
        loop {
            let job = ask(&house, Method::GET, &path, None).await.expect(200);
            if job["job"]["state"] != "running" {
                return job;
            }
        }
    });
    let done = done.await.expect("the job ends");
    assert_eq!(done["job"]["state"], "done", "{done}");
    assert_eq!(done["asked"]["interval_min"], 60);
    let path = format!("/{}", done["result"]["schedule"].as_str().unwrap());
    let schedule = ask(&house, Method::GET, &path, None).await.expect(200);
    assert_eq!((&schedule["state"], &schedule["version"]), (&"draft".into(), &1.into()));
    assert_eq!(schedule["checked"]["faults"], json!([]), "{schedule}");
    assert_eq!(schedule["checked"]["required_hours"], 32.0);
    let quality = &schedule["quality"];
    let (value, bound) = (quality["value"].as_f64().unwrap(), quality["bound"].as_f64().unwrap());
    assert!(0.0 < bound && bound <= value + 1e-6, "{quality}");
    let gap = quality["gap"].as_f64().unwrap();
    assert!((gap - (value - bound) / value).abs() < 1e-6, "{quality}");
    assert!(schedule["checked"]["short_hours"].as_f64().unwrap() < 32.0, "{schedule}");
    assert!(!schedule["duties"].as_array().unwrap().is_empty());
    let list = ask(&house, Method::GET, "", None).await.expect(200);
    assert_eq!(list["schedules"][0]["schedule"], schedule["schedule"]);
    assert_eq!(list["usual"], schedule["rules"]);
    // As files.
    let csv = ask(&house, Method::GET, &format!("{path}/csv"), None).await;
    let duties = schedule["duties"].as_array().unwrap();
    assert_eq!(csv.text.lines().count(), duties.len() + 1, "{}", csv.text);
    assert!(csv.text.starts_with("agent,shift,day,from,until,breaks\n"), "{}", csv.text);
    let anna = floor.people[0].to_string();
    let of_anna = duties.iter().filter(|duty| duty["agent"] == anna.as_str()).count();
    let own = ask(&house, Method::GET, &format!("{path}/calendar?agent={anna}"), None).await;
    assert_eq!(own.text.matches("BEGIN:VEVENT").count(), of_anna, "{}", own.text);
    let all = ask(&house, Method::GET, &format!("{path}/calendar"), None).await;
    assert_eq!(all.text.matches("BEGIN:VEVENT").count(), duties.len());
    house.close().await.unwrap();
}

async fn what_breaks_a_rule_is_named_whole_and_not_published(house: House) {
    let floor = floor(&house, &["Anna", "Ben"]).await;
    let mut long = floor.duty(1, 0, "09:00");
    long["length_min"] = json!(600);
    // Anna ends at half past eleven and begins at eight; Ben works ten hours at once.
    let bad = [floor.duty(0, 0, "15:00"), floor.duty(0, 1, "08:00"), long];
    let schedule = draft(&house, &floor, &bad).await;
    let rules = |of: &Value| -> Vec<(String, String)> {
        let text = |fault: &Value, key: &str| fault[key].as_str().unwrap_or_default().to_owned();
        of.as_array().unwrap().iter().map(|f| (text(f, "agent"), text(f, "rule"))).collect()
    };
    let (anna, ben) = (floor.people[0].to_string(), floor.people[1].to_string());
    let wanted = [(anna, "night_rest".to_owned()), (ben.clone(), "lengths".to_owned())];
    assert_eq!(rules(&schedule["checked"]["faults"]), wanted);
    let refused = publish(&house, &schedule).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    let faults = refused.body["faults"].as_array().unwrap();
    let codes: Vec<&str> = faults.iter().map(|fault| fault["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["rule_night_rest", "rule_lengths"]);
    // A try keeps nothing, and tells what one would have.
    let path = format!("/{}", schedule["schedule"].as_str().unwrap());
    let good = [floor.duty(0, 0, "09:00"), floor.duty(0, 1, "09:00")];
    let (check, body) =
        (format!("{path}/check"), json!({ "title": "", "duties": good, "version": 1 }));
    let tried = ask(&house, Method::POST, &check, Some(&body));
    let tried = tried.await.expect(200);
    assert_eq!(tried["faults"], json!([]));
    // Two days of seven and a half hours at work, one seat of two in eight hours of each.
    assert_eq!((&tried["paid_hours"], &tried["on_duty_hours"]), (&16.0.into(), &15.0.into()));
    assert_eq!(tried["short_hours"], 18.0, "half an hour of each day lies after five");
    assert_eq!(tried["paid"], json!([{ "agent": floor.people[0], "minutes": 960 }]));
    let same = ask(&house, Method::GET, &path, None).await.expect(200);
    assert_eq!(same["duties"].as_array().unwrap().len(), 3);
    let change = json!({ "title": "Mended", "duties": good, "version": schedule["version"] });
    let mended = ask(&house, Method::PUT, &path, Some(&change)).await.expect(200);
    // Somebody else was faster.
    let stale = ask(&house, Method::PUT, &path, Some(&change)).await;
    assert_eq!(stale.status, 409, "{}", stale.text);
    let stale = publish(&house, &schedule).await;
    assert_eq!(stale.status, 409, "{}", stale.text);
    let published = publish(&house, &mended).await.expect(200);
    assert_eq!(published["state"], "published");
    assert!(published["published_by"].as_str().unwrap().starts_with("planner"), "{published}");
    // It stands, until it is withdrawn.
    for (method, path, reason) in [
        (Method::PUT, path.clone(), "schedule_not_draft"),
        (Method::DELETE, path.clone(), "schedule_in_force"),
    ] {
        let body = json!({ "title": "x", "duties": [], "version": published["version"] });
        let refused = ask(&house, method, &path, Some(&body)).await;
        assert_eq!((refused.status.as_u16(), &refused.body["reason"]), (409, &reason.into()));
    }
    let version = json!({ "version": published["version"] });
    let withdrawn = ask(&house, Method::POST, &format!("{path}/withdraw"), Some(&version)).await;
    assert_eq!(withdrawn.expect(200)["state"], "draft");
    ask(&house, Method::DELETE, &path, None).await.expect(204);
    assert_eq!(ask(&house, Method::GET, &path, None).await.status, 404);
    house.close().await.unwrap();
}

async fn what_people_go_by_is_replaced_whole_or_not_at_all(house: House) {
    let both = floor(&house, &["Anna", "Ben"]).await;
    let first = draft(&house, &both, &[both.duty(0, 0, "09:00")]).await;
    publish(&house, &first).await.expect(200);
    // A copy takes its place.
    let path = format!("/{}/copy", first["schedule"].as_str().unwrap());
    let copy = ask(&house, Method::POST, &path, None).await.expect(201);
    assert_eq!((&copy["state"], &copy["duties"]), (&"draft".into(), &first["duties"]));
    let second = publish(&house, &copy).await.expect(200);
    let path = format!("/{}", first["schedule"].as_str().unwrap());
    let replaced = ask(&house, Method::GET, &path, None).await.expect(200);
    assert_eq!(replaced["state"], "replaced");
    // One for Anna alone would leave Ben with half a schedule.
    let alone =
        Floor { people: vec![both.people[0]], monday: both.monday, zone: both.zone.clone() };
    let part = draft(&house, &alone, &[alone.duty(0, 0, "10:00")]).await;
    let refused = publish(&house, &part).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.body["faults"][0]["code"], "scheduled_twice", "{}", refused.text);
    // Rest counts from the week before: Sunday's shift ends at half past eleven in the evening.
    let path = format!("/{}", second["schedule"].as_str().unwrap());
    let version = json!({ "version": second["version"] });
    ask(&house, Method::POST, &format!("{path}/withdraw"), Some(&version)).await.expect(200);
    let late = draft(&house, &both, &[both.duty(0, 6, "15:00")]).await;
    publish(&house, &late).await.expect(200);
    let next = Floor { people: both.people.clone(), monday: both.monday.plus(7), zone: both.zone };
    let early = draft(&house, &next, &[next.duty(0, 0, "08:00")]).await;
    assert_eq!(early["checked"]["faults"][0]["rule"], "night_rest", "{early}");
    let rested = draft(&house, &next, &[next.duty(0, 0, "11:00")]).await;
    assert_eq!(rested["checked"]["faults"], json!([]));
    house.close().await.unwrap();
}

async fn agents_are_held_to_what_is_published(house: House) {
    // The desk's agent, whose own shifts are shown there, and one who will not come.
    let me = house.ask(Method::GET, "/api/v1/session", house.person(Role::Agent), None).await;
    let own = id(&me.expect(200)["agent"]);
    let mut floor = floor(&house, &["Ben"]).await;
    floor.people.insert(0, own);
    let duties = [floor.duty(0, 0, "09:00"), floor.duty(1, 0, "09:00"), floor.duty(0, 2, "09:00")];
    let schedule = draft(&house, &floor, &duties).await;
    publish(&house, &schedule).await.expect(200);
    assert!(house.app.clock.set(floor.at(0, 8 * 60 + 30)));
    // Sessions of days before are over.
    let (lead, desk) = (house.sign_in("shift_lead").await, house.sign_in("agent").await);
    let shifts = house.ask(Method::GET, "/api/v1/desk/shifts", &desk, None).await.expect(200);
    let days: Vec<&Value> =
        shifts["shifts"].as_array().unwrap().iter().map(|shift| &shift["day"]).collect();
    assert_eq!(days, [&json!(floor.monday.to_string()), &json!(floor.monday.plus(2).to_string())]);
    assert_eq!(shifts["shifts"][0]["breaks"][1]["name"], "Lunch");
    let board =
        async || house.ask(Method::GET, "/api/v1/board/adherence", &lead, None).await.expect(200);
    let early = board().await;
    assert_eq!((&early["published"], &early["agents"]), (&true.into(), &json!([])));
    // In time; the other one does not come. Signed in through the floor as a desk would be.
    let agent = AgentId::from_uuid(own);
    let input = async |input| house.app.floor.input(input).await.unwrap();
    assert!(house.app.clock.set(floor.at(0, 8 * 60 + 55)));
    input(Input::SignIn { agent, presence: Presence::Available }).await;
    assert!(house.app.clock.set(floor.at(0, 9 * 60 + 10)));
    let now = settled(board, |now| now["agents"][1]["state"]["kind"] == "available").await;
    let rows = now["agents"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["name"]), (2, &json!("Ben")), "{now}");
    assert_eq!((&rows[0]["state"], &rows[0]["activity"]), (&Value::Null, &json!("work")));
    let since: Timestamp = rows[0]["out_since"].as_str().unwrap().parse().unwrap();
    assert_eq!(since, floor.at(0, 9 * 60));
    assert_eq!(rows[1]["out_since"], Value::Null);
    // The break begins at half past ten; she works on for five minutes and comes back ten late.
    assert!(house.app.clock.set(floor.at(0, 10 * 60 + 32)));
    let now = board().await;
    let mine = now["agents"].as_array().unwrap().iter().find(|row| row["name"] != "Ben").unwrap();
    assert_eq!(mine["activity"], "break");
    let since: Timestamp = mine["out_since"].as_str().unwrap().parse().unwrap();
    assert_eq!(since, floor.at(0, 10 * 60 + 30), "the state is older than the break");
    assert!(house.app.clock.set(floor.at(0, 10 * 60 + 35)));
    input(Input::SetPresence { agent, presence: Presence::Away(AwayReason::Break) }).await;
    assert!(house.app.clock.set(floor.at(0, 10 * 60 + 55)));
    input(Input::SetPresence { agent, presence: Presence::Available }).await;
    assert!(house.app.clock.set(floor.at(0, 11 * 60)));
    let path = format!("/api/v1/reports/adherence?day={}", floor.monday);
    let day = async || house.ask(Method::GET, &path, &lead, None).await.expect(200);
    let now = settled(day, |now| now["agents"][1]["fitting_s"] == 105 * 60).await;
    let rows = now["agents"].as_array().unwrap();
    // Two hours are over: 90 min of work, 10 of the break, and 5 after it fit.
    assert_eq!((&rows[0]["name"], &rows[0]["planned_s"]), (&json!("Ben"), &json!(7_200)), "{now}");
    assert_eq!((&rows[0]["fitting_s"], &rows[0]["missed_work_s"]), (&json!(900), &json!(6_300)));
    let minutes = |key: &str| rows[1][key].as_u64().unwrap() / 60;
    assert_eq!((minutes("missed_work_s"), minutes("missed_break_s")), (10, 5), "{now}");
    assert_eq!(rows[1]["adherence_permille"], 875);
    assert_eq!(now["adherence_permille"], 500, "105 and 15 of 240 minutes");
    let bad = house.ask(Method::GET, "/api/v1/reports/adherence?day=then", &lead, None).await;
    assert_eq!(bad.status, 400);
    house.close().await.unwrap();
}

/// What is shown, as soon as it is what was waited for.
async fn settled(shown: impl AsyncFn() -> Value, wanted: impl Fn(&Value) -> bool) -> Value {
    let waiting = tokio::time::timeout(Duration::from_secs(60), async {
        loop {
            let now = shown().await;
            if wanted(&now) {
                return now;
            }
            tokio::task::yield_now().await;
        }
    });
    match waiting.await {
        Ok(now) => now,
        Err(_) => panic!("never shown; at last {}", shown().await),
    }
}

async fn what_cannot_be_understood_is_refused_with_every_fault(house: House) {
    let floor = floor(&house, &["Anna"]).await;
    let mut request = floor.request();
    request["first_day"] = json!("soon");
    request["agents"] = json!([{ "agent": Uuid::from_u128(0x404), "away": ["never"] }]);
    request["required"][0]["from"] = json!("noon");
    request["rules"] = ask(&house, Method::GET, "", None).await.expect(200)["usual"].clone();
    request["rules"]["shifts"][0]["lengths_min"] = json!([517]);
    for path in ["", "/plan"] {
        let refused = ask(&house, Method::POST, path, Some(&request)).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        let faults = refused.body["faults"].as_array().unwrap();
        let fields: Vec<&str> = faults.iter().map(|f| f["field"].as_str().unwrap()).collect();
        for field in [
            "first_day",
            "agents[0].agent",
            "agents[0].away",
            "required[0].from",
            "rules.shifts[0].lengths_min",
        ] {
            assert!(fields.contains(&field), "{field} is not in {fields:?}");
        }
    }
    let made = ask(&house, Method::POST, "", Some(&floor.request())).await.expect(201);
    let path = format!("/{}/check", made["schedule"].as_str().unwrap());
    let mut duty = floor.duty(0, 0, "25:00");
    duty["agent"] = json!(Uuid::from_u128(0x404));
    let refused = ask(
        &house,
        Method::POST,
        &path,
        Some(&json!({ "title": "", "duties": [duty], "version": 1 })),
    )
    .await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert_eq!(refused.body["faults"].as_array().unwrap().len(), 2, "{}", refused.text);
    house.close().await.unwrap();
}
