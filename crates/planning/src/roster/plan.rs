//! What a roster is made from, and what it is.

use domain::{Day, Span, Timestamp, Zone, calendar::Weekday};

/// Most people of a plan.
pub const PEOPLE_MAX: usize = 5_000;
/// Most days of a plan.
pub const DAYS_MAX: u32 = 28;
/// Most skills that intervals ask for.
pub const SKILLS_MAX: usize = 12;
/// A shift is no longer than this. Minutes.
pub const SHIFT_MIN_MAX: u32 = 16 * 60;
/// Night rest is no longer than this. Minutes.
pub const REST_MIN_MAX: u32 = 24 * 60;

/// People, rules and the days to be covered.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The zone of the days and of the required agents.
    pub zone: Zone,
    /// The first day.
    pub from: Day,
    /// How many days.
    pub days: u32,
    /// Starts, lengths and breaks are multiples of this. Minutes.
    pub step_min: u32,
    /// What a roster costs.
    pub cost: Cost,
    /// Where people work.
    pub sites: Vec<Site>,
    /// The shifts that there are.
    pub shifts: Vec<Shift>,
    /// The rules of work that there are.
    pub rules: Vec<Rules>,
    /// Who works.
    pub people: Vec<Person>,
}

/// What a roster costs, in paid hours: it is the sum of paid hours, of agents missing and of wishes not
/// granted, each by its weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// One required agent who is missing for an hour. Paid hours.
    pub short: f64,
    /// One wish that is not granted. Paid hours.
    pub wish: f64,
}

/// A place that people work from.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// Its name.
    pub name: String,
    /// The clock on its wall.
    pub zone: Zone,
    /// How many people can be there at once, those on a break included; `None` for any number.
    pub seats: Option<u32>,
}

/// A kind of shift: when it may begin, how long it may be, which breaks are in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    /// Its name.
    pub name: String,
    /// Minutes of the day at which it may begin, on the clock of the site, ascending.
    pub starts: Vec<u16>,
    /// How long it may be, from beginning to end, breaks included, ascending. Minutes.
    pub lengths: Vec<u32>,
    /// The breaks that belong to it, in their order.
    pub breaks: Vec<Break>,
    /// On which days of the week it may begin.
    pub weekdays: Vec<Weekday>,
    /// At which sites, by their place in the plan; none for everywhere.
    pub sites: Vec<usize>,
}

/// A break of a shift: it begins at or after `from_min` and is over at or before `until_min`, both counted
/// from the beginning of the shift.
#[derive(Clone, Debug, PartialEq)]
pub struct Break {
    /// Its name.
    pub name: String,
    /// How long it is. Minutes.
    pub length_min: u32,
    /// It begins at the earliest so long after the shift. Minutes.
    pub from_min: u32,
    /// It is over at the latest so long after the shift began. Minutes.
    pub until_min: u32,
    /// Whether it is paid.
    pub paid: bool,
}

/// What holds for people of one kind of employment.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// Their name.
    pub name: String,
    /// Least paid minutes in a calendar week that lies whole in the plan. Each day of the week that an
    /// absence touches lessens it by one part in `days_max`.
    pub week_min: u32,
    /// Most paid minutes in a calendar week.
    pub week_max: u32,
    /// Most days of work in a calendar week.
    pub days_max: u32,
    /// Most days of work in a row.
    pub row_max: u32,
    /// Least time between two shifts. Minutes.
    pub rest_min: u32,
    /// The shifts they may work, by their place in the plan.
    pub shifts: Vec<usize>,
}

/// Somebody who works.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// A name that nobody else has.
    pub name: String,
    /// Whose rules, by their place in the plan.
    pub rules: usize,
    /// Where, by its place in the plan.
    pub site: usize,
    /// What they can do, by name.
    pub skills: Vec<String>,
    /// Days of the week on which they never work.
    pub days_off: Vec<Weekday>,
    /// When they are not there.
    pub absences: Vec<Span>,
    /// What they would like.
    pub wishes: Vec<Wish>,
    /// When their last shift before the plan ended: rest counts from there.
    pub worked_until: Option<Timestamp>,
    /// How many days in a row they have worked right before the plan.
    pub row_before: u32,
}

/// Something that somebody would like, for one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The day.
    pub day: Day,
    /// What for.
    pub what: WishFor,
}

/// What somebody would like for a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WishFor {
    /// Not to work.
    Off,
    /// To begin within these minutes of the day, both included, if they work at all.
    Start {
        /// First minute.
        from: u16,
        /// Last minute.
        until: u16,
    },
}

/// One shift of one person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duty {
    /// Who, by their place in the plan.
    pub person: usize,
    /// The civil day at the site on which it begins.
    pub day: Day,
    /// First instant.
    pub from: Timestamp,
    /// First instant after.
    pub until: Timestamp,
    /// The kind of shift, by its place in the plan.
    pub shift: usize,
    /// Its breaks, in the order of the shift's.
    pub breaks: Vec<Span>,
}

/// Who works when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    /// Everybody's duties.
    pub duties: Vec<Duty>,
}
