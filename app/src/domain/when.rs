//! The part of a request that says when: date, time, zone and fold.

use jiff::civil::{Date, Time};

use super::civil;
use super::fault::{Fault, Faults};
use super::fields::Fields;
use super::moment::{self, Moment};
use super::zone::{self, Zone};
use crate::error::Code;

const FOLD: &str = "fold must be 0 for the first or 1 for the second of two equal local times";
const ZONE: &str =
    "timezone is missing; send an IANA name, as in \"Europe/Berlin\", or send utc_offset";
const TWO_ZONES: &str = "utc_offset and timezone are both given; send one of them";

/// A local time as it was given, and the instant it means.
pub(super) struct When {
    pub(super) date: Date,
    pub(super) time: Time,
    pub(super) zone: Zone,
    /// Which of two equal local times is meant: false the first, true the second.
    pub(super) fold: Option<bool>,
    pub(super) moment: Moment,
}

impl When {
    /// Takes its fields out of `fields`; returns nothing when one has a fault.
    pub(super) fn take(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<Self> {
        let date = faults.check(date(fields));
        let time = faults.check(time(fields));
        let zone = faults.check(zone(fields));
        let fold = faults.check(fold(fields));
        let (date, time, zone, fold) = (date?, time?, zone?, fold?);
        let moment = faults.check(moment::resolve(date.to_datetime(time), &zone, fold))?;
        Some(Self {
            date,
            time,
            zone,
            fold,
            moment,
        })
    }
}

fn date(fields: &mut Fields<'_>) -> Result<Date, Fault> {
    let text = fields.take::<String>("date", Code::InvalidDate, civil::DATE)?;
    civil::date(&text.ok_or_else(|| Fault::missing("date", civil::DATE))?)
}

fn time(fields: &mut Fields<'_>) -> Result<Time, Fault> {
    let text = fields.take::<String>("time", Code::InvalidTime, civil::TIME)?;
    civil::time(&text.ok_or_else(|| Fault::missing("time", civil::TIME))?)
}

fn zone(fields: &mut Fields<'_>) -> Result<Zone, Fault> {
    let timezone = fields.take::<String>("timezone", Code::UnknownTimezone, zone::TIMEZONE);
    let utc_offset = fields.take::<String>("utc_offset", Code::InvalidRequest, zone::UTC_OFFSET);
    match (timezone?, utc_offset?) {
        (Some(name), None) => zone::timezone(&name),
        (None, Some(offset)) => zone::utc_offset(&offset),
        (Some(_), Some(_)) => Err(Fault::new(Code::InvalidRequest, "utc_offset", TWO_ZONES)),
        (None, None) => Err(Fault::new(Code::InvalidRequest, "timezone", ZONE)),
    }
}

fn fold(fields: &mut Fields<'_>) -> Result<Option<bool>, Fault> {
    match fields.take::<u8>("fold", Code::InvalidRequest, FOLD)? {
        None => Ok(None),
        Some(0) => Ok(Some(false)),
        Some(1) => Ok(Some(true)),
        Some(_) => Err(Fault::new(Code::InvalidRequest, "fold", FOLD)),
    }
}
