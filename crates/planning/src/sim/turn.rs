//! What is planned, in one word.

/// What is planned: a kind in the upper 4 bits, whose turn it is in the next 28, and a number by which
/// something outdated is known in the lower 32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Turn {
    Arrival,
    Patience,
    Answer,
    TalkOver,
    WrapUpOver,
    AskCallback,
    TryAgain,
    Day,
    SignIn,
    SignOut,
    Break,
    Back,
    OutageBegins,
    OutageEnds,
}

impl Turn {
    const ALL: [Self; 14] = [
        Self::Arrival,
        Self::Patience,
        Self::Answer,
        Self::TalkOver,
        Self::WrapUpOver,
        Self::AskCallback,
        Self::TryAgain,
        Self::Day,
        Self::SignIn,
        Self::SignOut,
        Self::Break,
        Self::Back,
        Self::OutageBegins,
        Self::OutageEnds,
    ];

    pub fn of(self, whose: usize, number: u32) -> u64 {
        ((self as u64) << 60) | ((whose as u64 & 0x0fff_ffff) << 32) | u64::from(number)
    }

    pub fn read(what: u64) -> (Self, usize, u32) {
        let kind = Self::ALL[(what >> 60) as usize % Self::ALL.len()];
        (kind, (what >> 32 & 0x0fff_ffff) as usize, what as u32)
    }
}
