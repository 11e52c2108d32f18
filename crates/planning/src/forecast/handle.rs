//! How long contacts will take, slot by slot, from what they took before.
//!
//! Handle time is much steadier than volume, but seldom the same all day: mornings and Mondays bring
//! other matters than evenings. What is told apart, weekday, slot or both, is chosen by the days held
//! back, each said from what was known before it. Thin slots lean on the coarser mean, by so many
//! contacts as make a mean trustworthy ([`PRIOR_CONTACTS`]).

use domain::{Day, Fault, words};

use super::history::{number_of, weekday};
use crate::check::refuse;

/// A slot's own mean counts as much as the coarser one once so many of its contacts were handled.
pub const PRIOR_CONTACTS: f64 = 20.0;

/// The days that [`Method::Recent`] looks back.
const RECENT_DAYS: i64 = 28;

/// Fewest days that are held back, and that are left to learn from.
const DAYS_LEAST: usize = 3;

/// What was handled on one day, slot by slot from midnight.
#[derive(Clone, Debug, PartialEq)]
pub struct Handled {
    /// The day.
    pub day: Day,
    /// Contacts whose handle time is known.
    pub contacts: Vec<f64>,
    /// Their handle times, summed, in seconds.
    pub seconds: Vec<f64>,
}

/// What is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Nothing: the mean of all contacts.
    Mean,
    /// The slot one week ago, or the mean of all where nobody was handled in it.
    SeasonalNaive,
    /// Nothing, but only the last four weeks count.
    Recent,
    /// Weekdays.
    Weekday,
    /// Slots of the day.
    Slot,
    /// Slots of each weekday.
    WeekdaySlot,
}

impl Method {
    /// All, the plainest first: of two that judge alike, the plainer is taken.
    pub const ALL: [Self; 6] = [
        Self::Mean,
        Self::SeasonalNaive,
        Self::Recent,
        Self::Weekday,
        Self::Slot,
        Self::WeekdaySlot,
    ];

    /// Its name in what is shown.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::SeasonalNaive => "seasonal_naive",
            Self::Recent => "mean_of_28_days",
            Self::Weekday => "by_weekday",
            Self::Slot => "by_interval",
            Self::WeekdaySlot => "by_weekday_and_interval",
        }
    }
}

/// How one method did on the days held back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// The method.
    pub method: Method,
    /// Over all slots: |said × contacts − handle seconds| summed, over handle seconds summed (WAPE).
    pub wape: f64,
}

/// What contacts will take.
#[derive(Clone, Debug, PartialEq)]
pub struct HandleTimes {
    /// The method that was chosen.
    pub method: Method,
    /// How all did on the days held back, the best first; empty where there were too few.
    pub judged: Vec<Judged>,
    /// How many days were held back.
    pub held_back: usize,
    past: Vec<Handled>,
}

impl HandleTimes {
    /// Chooses by the last `held_back` days, or by a third of all where that is less.
    ///
    /// # Errors
    /// When nothing was handled, or a day's slots are unlike the others'.
    pub fn judged(past: Vec<Handled>, held_back: usize) -> Result<Self, Vec<Fault>> {
        let slots = past.first().map_or(0, |day| day.contacts.len());
        if let Some(odd) =
            past.iter().find(|day| day.contacts.len() != slots || day.seconds.len() != slots)
        {
            let message = words!("have other slots on {} than on the first day.", odd.day);
            return refuse("days", "no_grid", message, "Give every day the same slots.");
        }
        let past: Vec<Handled> =
            past.into_iter().filter(|day| day.contacts.iter().sum::<f64>() > 0.0).collect();
        if past.is_empty() {
            return refuse(
                "days",
                "no_history",
                "have no contact that was handled.",
                "Choose more days, another client or another channel.",
            );
        }
        let held_back = held_back.min(past.len() / 3);
        if held_back < DAYS_LEAST {
            return Ok(Self { method: Method::Mean, judged: Vec::new(), held_back: 0, past });
        }
        let from = past.len() - held_back;
        let mut judged: Vec<Judged> = Method::ALL
            .into_iter()
            .map(|method| {
                let (mut off, mut all) = (0.0, 0.0);
                for place in from..past.len() {
                    let today = &past[place];
                    let said = says(method, &past[..place], number_of(today.day));
                    for ((said, contacts), seconds) in
                        said.iter().zip(&today.contacts).zip(&today.seconds)
                    {
                        off += (said * contacts - seconds).abs();
                        all += seconds;
                    }
                }
                Judged { method, wape: if all > 0.0 { off / all } else { 0.0 } }
            })
            .collect();
        // The sort keeps the order of those alike: the plainest first.
        judged.sort_by(|a, b| a.wape.total_cmp(&b.wape));
        let method = judged.first().map_or(Method::Mean, |best| best.method);
        Ok(Self { method, judged, held_back, past })
    }

    /// Mean of all contacts, in seconds.
    pub fn mean_s(&self) -> f64 {
        let sum = |of: fn(&Handled) -> &[f64]| self.past.iter().flat_map(of).sum::<f64>();
        let contacts = sum(|day| &day.contacts);
        if contacts > 0.0 { sum(|day| &day.seconds) / contacts } else { 0.0 }
    }

    /// Mean handle time of the contacts of each slot of a day to come, in seconds.
    pub fn says(&self, day: Day) -> Vec<f64> {
        says(self.method, &self.past, number_of(day))
    }
}

/// Contacts and their seconds.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    contacts: f64,
    seconds: f64,
}

impl Sum {
    fn add(&mut self, contacts: f64, seconds: f64) {
        self.contacts += contacts;
        self.seconds += seconds;
    }

    /// Its mean, drawn to `coarser` by so many contacts.
    fn mean(self, coarser: f64) -> f64 {
        (self.seconds + PRIOR_CONTACTS * coarser) / (self.contacts + PRIOR_CONTACTS)
    }
}

fn says(method: Method, past: &[Handled], number: i64) -> Vec<f64> {
    let slots = past.first().map_or(0, |day| day.contacts.len());
    let sum_of = |days: &mut dyn Iterator<Item = &Handled>| {
        let mut sum = Sum::default();
        for day in days {
            sum.add(day.contacts.iter().sum(), day.seconds.iter().sum());
        }
        sum
    };
    let all = sum_of(&mut past.iter());
    let mean = if all.contacts > 0.0 { all.seconds / all.contacts } else { 0.0 };
    let same = |day: &&Handled| weekday(number_of(day.day)) == weekday(number);
    let slot_of = |days: &mut dyn Iterator<Item = &Handled>| {
        let mut sums = vec![Sum::default(); slots];
        for day in days {
            for ((sum, contacts), seconds) in sums.iter_mut().zip(&day.contacts).zip(&day.seconds) {
                sum.add(*contacts, *seconds);
            }
        }
        sums
    };
    match method {
        Method::Mean => vec![mean; slots],
        Method::SeasonalNaive => {
            let last = past.iter().rev().find(same);
            let slot = |slot: usize| {
                let (contacts, seconds) =
                    last.map(|day| (day.contacts[slot], day.seconds[slot]))?;
                (contacts > 0.0).then(|| seconds / contacts)
            };
            (0..slots).map(|at| slot(at).unwrap_or(mean)).collect()
        }
        Method::Recent => {
            let recent =
                sum_of(&mut past.iter().filter(|day| number_of(day.day) >= number - RECENT_DAYS));
            vec![recent.mean(mean); slots]
        }
        Method::Weekday => vec![sum_of(&mut past.iter().filter(same)).mean(mean); slots],
        Method::Slot => slot_of(&mut past.iter()).into_iter().map(|sum| sum.mean(mean)).collect(),
        Method::WeekdaySlot => {
            let coarser = slot_of(&mut past.iter());
            let own = slot_of(&mut past.iter().filter(same));
            own.into_iter().zip(coarser).map(|(own, sum)| own.mean(sum.mean(mean))).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Days from Monday 2026-01-05 on, with four slots; what each contact of a slot takes.
    fn days(count: usize, contacts: f64, takes: impl Fn(usize, usize) -> f64) -> Vec<Handled> {
        let monday: Day = "2026-01-05".parse().expect("a day");
        (0..count)
            .map(|day| Handled {
                day: monday.plus(day as i64),
                contacts: vec![contacts; 4],
                seconds: (0..4).map(|slot| contacts * takes(day, slot)).collect(),
            })
            .collect()
    }

    fn next(times: &HandleTimes, days: usize) -> Vec<f64> {
        let monday: Day = "2026-01-05".parse().expect("a day");
        times.says(monday.plus(days as i64))
    }

    #[test]
    fn what_never_changes_is_said_by_the_plainest() {
        let times = HandleTimes::judged(days(28, 10.0, |_, _| 180.0), 28).expect("handled");
        assert_eq!((times.method, times.held_back), (Method::Mean, 9));
        assert_eq!(times.judged.len(), Method::ALL.len());
        assert!(times.judged.iter().all(|judged| judged.wape < 1e-12), "{:?}", times.judged);
        assert_eq!(next(&times, 28), [180.0; 4]);
    }

    #[test]
    fn slots_are_told_apart_where_they_differ() {
        // 100, 200, 300 and 400 s by slot; the mean of all is 250 s. With 28 days of 10 contacts a slot
        // has 280: (280 × 100 + 20 × 250) / 300 = 110 s, and likewise 203⅓, 296⅔ and 390 s.
        let times = HandleTimes::judged(days(28, 10.0, |_, slot| 100.0 * (slot + 1) as f64), 9)
            .expect("handled");
        // A week ago says exactly what comes, and no method can be better.
        assert_eq!(times.method, Method::SeasonalNaive);
        let by_slot = says(Method::Slot, &times.past, number_of(times.past[27].day) + 1);
        let want = [110.0, 610.0 / 3.0, 890.0 / 3.0, 390.0];
        for (got, want) in by_slot.iter().zip(want) {
            assert!((got - want).abs() < 1e-9, "{by_slot:?}");
        }
    }

    #[test]
    fn chance_is_averaged_out_and_a_week_ago_is_not() {
        // Mondays take 60 s longer, and every slot is off by up to 80 s in a pattern without a week.
        let noise = |day: usize, slot: usize| ((day * 7 + slot * 3 + day * day) % 11) as f64 * 16.0;
        let takes = |day: usize, slot: usize| {
            200.0 + f64::from(u8::from(day.is_multiple_of(7))) * 60.0 + noise(day, slot)
        };
        let times = HandleTimes::judged(days(84, 40.0, takes), 28).expect("handled");
        let of = |method| {
            times.judged.iter().find(|judged| judged.method == method).expect("judged").wape
        };
        assert!(of(Method::Weekday) < of(Method::Mean), "{:?}", times.judged);
        assert!(of(times.method) < 0.8 * of(Method::SeasonalNaive), "{:?}", times.judged);
        assert_eq!(times.judged[0].method, times.method);
    }

    #[test]
    fn a_change_of_level_is_followed_by_the_recent_mean() {
        let times =
            HandleTimes::judged(days(84, 100.0, |day, _| if day < 42 { 300.0 } else { 180.0 }), 14)
                .expect("handled");
        assert_eq!(times.judged[0].method, Method::SeasonalNaive);
        let recent = says(Method::Recent, &times.past, number_of(times.past[83].day) + 1);
        // 28 days of 400 contacts at 180 s, drawn to the mean of 240 s by 20 contacts.
        assert!((recent[0] - (11_200.0 * 180.0 + 20.0 * 240.0) / 11_220.0).abs() < 1e-9);
    }

    #[test]
    fn little_and_nothing_are_told_apart() {
        let few = HandleTimes::judged(days(5, 10.0, |_, _| 90.0), 28).expect("handled");
        assert_eq!((few.method, few.held_back, few.judged.len()), (Method::Mean, 0, 0));
        assert_eq!(next(&few, 9), [90.0; 4]);
        let none = HandleTimes::judged(days(20, 0.0, |_, _| 90.0), 28).expect_err("nobody");
        assert_eq!(none[0].code, "no_history");
        let mut odd = days(20, 1.0, |_, _| 90.0);
        odd[3].contacts.pop();
        assert_eq!(HandleTimes::judged(odd, 28).expect_err("odd")[0].code, "no_grid");
    }
}
