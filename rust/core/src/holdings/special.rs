//! What a single name may ask for beside reviews and joiners: a spin-off held beside its parent (R26),
//! shares or a weight factor set by a decision (R34).

use super::audit::Happening;
use super::book::Book;
use super::count::Count;
use super::intents::{Intent, Verb};
use super::member::{Base, Member, Shares};
use crate::exact::{decimal, nearest};
use crate::panel::iso_date;
use crate::{Error, Result};

/// Holds a child beside its parent (R26): as many shares as the parent's holding is given, at the
/// parent's band and factor, so that the value of the two is that of the parent before.
pub(super) fn spin_off(book: &mut Book<'_>, session: usize, intent: &Intent) -> Result<()> {
    let (parent, child) = (intent.related as usize, intent.instrument as usize);
    let panel = book.common.panel;
    let Some(member) = &book.members[parent] else {
        let place = format!(
            "{} {} spun off",
            iso_date(panel.days[session]),
            panel.instruments[child]
        );
        let expected = "the parent must be a constituent";
        return Err(Error::invalid(place, &panel.instruments[parent], expected));
    };
    // The ratio is per share held before what else goes ex that morning.
    let grown: f64 = if book.input.scheme.scales {
        book.common.grown(session, parent)
    } else {
        1.0
    };
    let spun = match member {
        Member::Shares(shares) => {
            let total = shares.total / grown * intent.value;
            let count = Count {
                shares: decimal("total", total)?,
                basis: panel.days[session],
            };
            Member::Shares(Shares {
                total,
                base: Base::Count(Box::new(count)),
                judged: panel.days[session - 1],
                pending: Vec::new(),
                ..shares.clone()
            })
        }
        Member::Units(units) => Member::Units(units / grown * intent.value),
    };
    let units = spun.units();
    book.hold(intent.instrument, spun);
    let (child, figures) = (intent.instrument, (f64::NAN, units));
    book.note(session, Some(child), Happening::SpunOff, figures, |book| {
        book.opening_value(session, child, units)
    })
}

/// Sets the shares or the weight factor of a constituent (R34); what was on its way is settled by it.
pub(super) fn decide(book: &mut Book<'_>, session: usize, intent: &Intent) -> Result<()> {
    let panel = book.common.panel;
    let at = intent.instrument as usize;
    let sets_shares = intent.verb == Verb::Shares;
    let place = |what: &str| {
        let day = iso_date(panel.days[session]);
        format!("{day} {} {what}", panel.instruments[at])
    };
    let Some(Member::Shares(shares)) = &mut book.members[at] else {
        return Err(Error::invalid(
            place("decision"),
            intent.value,
            "must be about a constituent that is weighted by its shares",
        ));
    };
    let units = shares.units();
    let figures = if sets_shares {
        let before = shares.total;
        let count = Count {
            shares: decimal("shares", intent.value)?,
            basis: panel.days[session],
        };
        shares.total = nearest(&count.shares);
        shares.base = Base::Count(Box::new(count));
        shares.pending.clear();
        (before, shares.total)
    } else {
        if !(intent.value > 0.0 && intent.value <= 1.0) {
            let expected = "must be more than 0 and at most 1 (R38)";
            return Err(Error::invalid(place("factor"), intent.value, expected));
        }
        let before = shares.weight_factor;
        shares.weight_factor = intent.value;
        (before, shares.weight_factor)
    };
    let more = shares.units() - units;
    book.touched.push(intent.instrument);
    let happening = if sets_shares {
        Happening::SharesSet
    } else {
        Happening::FactorSet
    };
    let instrument = intent.instrument;
    book.note(session, Some(instrument), happening, figures, |book| {
        book.opening_value(session, instrument, more)
    })
}
