//! Causes of Q.850 and statuses of SIP, turned into each other (RFC 3398).

/// The status that tells a cause of Q.850 (RFC 3398, section 7.2.4.1). A cause without a row counts as
/// the unspecified one of its class, as Q.850 wants it; what is no cause at all counts as 127.
pub fn status_of(q850: u8) -> u16 {
    match q850 {
        1..=3 | 26 => 404,
        17 => 486,
        18 => 408,
        21 | 24 | 55 | 57 | 87 => 403,
        22 | 23 => 410,
        25 => 483,
        27 => 502,
        28 => 484,
        29 => 501,
        65 | 66 | 70 => 488,
        88 => 503,
        102 => 504,
        // Classes: normal, resource unavailable, service not available, service not implemented,
        // invalid message, protocol error, interworking.
        0..=31 => 480,
        32..=63 => 503,
        64..=79 => 501,
        _ => 500,
    }
}

/// The cause of Q.850 that tells a status of SIP (RFC 3398, section 8.2.6.1). A status without a row
/// counts as the first of its hundred (RFC 3261, section 8.1.3.2).
pub fn q850_of(status: u16) -> u8 {
    match status {
        // Redirection to a new destination.
        300..=399 => 23,
        401 | 402 | 403 | 407 | 603 | 607 | 608 => 21,
        404 | 485 | 604 => 1,
        405 => 63,
        406 | 415 | 501 => 79,
        408 | 504 => 102,
        410 => 22,
        413 | 414 | 416 | 420 | 421 | 423 | 505 | 513 => 127,
        433 => 24,
        480 => 18,
        482 | 483 => 25,
        484 => 28,
        // Ended before an answer by who called, which the RFC maps to no cause: normal clearing.
        487 => 16,
        // The RFC looks into a Warning header; 65 is what its other table turns into 488.
        488 | 606 => 65,
        502 => 38,
        486 | 600..=699 => 17,
        400..=599 => 41,
        _ => 16,
    }
}
