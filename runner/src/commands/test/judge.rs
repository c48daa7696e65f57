//! The events of one test held against what it expects.
//!
//! In: records, one after the other. Out: what is wrong, as text for people. Of a flood only the
//! events are kept that matter for the verdict or are worth showing.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Map, Value};

use super::difference;
use crate::config::{Config, Expectation, PRINTED, Test, Variables};
use crate::diag::Spanned;
use crate::layout::Slot;
use crate::matching::{Shown, Wanted};
use crate::render::{Clock, Format, Machine, Names, Renderer, View};

/// Events that are shown for each thing that is wrong.
const SHOWN: usize = 3;

/// The machine that the events come from.
pub struct Origin {
    /// That of its clocks.
    pub distance: i64,
    /// Its names.
    pub names: Rc<RefCell<dyn Names>>,
}

impl Origin {
    fn machine(&self) -> Machine {
        Machine { clock: Clock::new(self.distance), names: Box::new(self.names.clone()) }
    }
}

/// Judges the events of one test.
pub struct Judge<'a> {
    config: &'a Config,
    test: &'a Test,
    json: Renderer,
    /// There if a line of `print:` is expected.
    lines: Option<Renderer>,
    wishes: Vec<Wish>,
    /// Those that are kept, in the order they came.
    events: Vec<Event>,
    /// Of each probe, how many came.
    counts: Vec<u64>,
    malformed: u64,
    text: Vec<u8>,
}

/// One entry of `expect` or `expect_none`, with the variables filled in.
pub struct Wish {
    /// Index of its probe.
    pub probe: usize,
    /// Where it stands: `FILE:LINE:COLUMN`.
    pub place: String,
    /// What its fields must be.
    pub fields: Vec<WantedField>,
    forbidden: bool,
    /// Events that fit, of [`Judge::events`]; no more than could ever be needed.
    fitting: Vec<usize>,
    /// How many fields of an event fit, and which event it is; the best ones.
    nearest: Vec<(usize, usize)>,
}

/// What one field must be.
pub struct WantedField {
    /// Its name.
    pub name: String,
    /// For people.
    pub shown: String,
    wanted: Wanted,
    /// Whether a decoder puts its text beside the number.
    decoded: bool,
}

/// One event.
pub struct Event {
    /// Index of its probe.
    pub probe: usize,
    /// Its fields as `-o json` shows them, and [`PRINTED`].
    pub fields: Map<String, Value>,
    /// Its line of JSON.
    pub line: String,
}

impl WantedField {
    /// Whether the event's field is as wanted.
    pub fn fits(&self, event: &Event) -> bool {
        let text = match self.decoded {
            true => event.fields.get(&format!("{}_text", self.name)),
            false => None,
        };
        let value = event.fields.get(&self.name).unwrap_or(&Value::Null);
        [Some(value), text].into_iter().flatten().any(|value| self.wanted.fits(value))
    }
}

impl<'a> Judge<'a> {
    /// A judge of `test`, whose events are those of `views`.
    pub fn new(
        config: &'a Config,
        test: &'a Test,
        views: &[View],
        origin: &Origin,
        variables: &Variables,
    ) -> Self {
        let wish = |forbidden| {
            move |entry: &Expectation| Wish::new(entry, forbidden, config, views, variables)
        };
        let wishes: Vec<_> =
            test.expect.iter().map(wish(false)).chain(test.none.iter().map(wish(true))).collect();
        let printed = wishes.iter().flat_map(|wish| &wish.fields).any(|f| f.name == PRINTED);
        let renderer = |format| Renderer::new(format, views.to_vec(), origin.machine());
        Self {
            config,
            test,
            json: renderer(Format::Json),
            lines: printed.then(|| renderer(Format::Table)),
            wishes,
            events: Vec::new(),
            counts: vec![0; views.len()],
            malformed: 0,
            text: Vec::new(),
        }
    }

    /// Takes one event.
    pub fn event(&mut self, bytes: &[u8]) {
        let Some(event) = self.read(bytes) else {
            self.malformed += 1;
            return;
        };
        if let Some(count) = self.counts.get_mut(event.probe) {
            *count += 1;
        }
        let index = self.events.len();
        let enough = self.test.expect.len();
        // With `exact`, whatever is beyond the number of expected events is one too many.
        let mut kept = self.test.exact && index < enough + SHOWN;
        for wish in self.wishes.iter_mut().filter(|wish| wish.probe == event.probe) {
            kept |= wish.take(&event, index, enough);
        }
        if kept {
            self.events.push(event);
        }
    }

    /// The record as an event.
    fn read(&mut self, bytes: &[u8]) -> Option<Event> {
        self.text.clear();
        self.json.event(0, bytes, &mut self.text).ok()?;
        let line = String::from_utf8(self.text.clone()).ok()?.trim_end().to_owned();
        let mut fields: Map<String, Value> = serde_json::from_str(&line).ok()?;
        let name = fields.get("probe")?.as_str()?;
        let probe = self.json.views().iter().position(|view| view.name == name)?;
        if let (Some(lines), true) = (&mut self.lines, !fields.contains_key(PRINTED)) {
            self.text.clear();
            lines.event(0, bytes, &mut self.text).ok()?;
            let shown = String::from_utf8_lossy(&self.text).trim_end_matches('\n').to_owned();
            fields.insert(PRINTED.to_owned(), Value::String(shown));
        }
        Some(Event { probe, fields, line })
    }

    /// How many events are kept.
    #[cfg(test)]
    pub fn kept(&self) -> usize {
        self.events.len()
    }

    /// What is wrong; nothing if the test passes.
    pub fn verdict(&self) -> Vec<String> {
        let count = self.test.expect.len();
        let taken = assigned(&self.wishes[..count]);
        let mut wrong = Vec::new();
        for (wish, own) in self.wishes.iter().zip(&taken) {
            if own.is_none() {
                wrong.push(self.unmet(wish, &taken));
            }
        }
        for wish in &self.wishes[count..] {
            if let [first, ..] = wish.fitting.as_slice() {
                wrong.push(difference::forbidden(wish, &self.events[*first]));
            }
        }
        let total: u64 = self.counts.iter().sum();
        if self.test.exact && total > count as u64 {
            let more = self.events.iter().enumerate();
            let more = more.filter(|(index, _)| !taken.contains(&Some(*index)));
            let more: Vec<_> = more.map(|(_, event)| event).take(SHOWN).collect();
            wrong.push(difference::unexpected(&more, total, count));
        }
        if self.malformed > 0 {
            wrong.push(format!(
                "{} records could not be parsed; please report this",
                self.malformed
            ));
        }
        wrong
    }

    fn unmet(&self, wish: &Wish, taken: &[Option<usize>]) -> String {
        let name = |probe: usize| {
            let probe = self.config.probes.get(probe);
            probe.map_or("?", |probe| probe.name.value.as_str())
        };
        let mut nearest: Vec<&(usize, usize)> = wish.nearest.iter().collect();
        // Those that stand for no other entry first, where as many fields fit.
        nearest.sort_by_key(|(score, index)| {
            (std::cmp::Reverse(*score), taken.contains(&Some(*index)), *index)
        });
        let nearest: Vec<&Event> = nearest.iter().map(|(_, index)| &self.events[*index]).collect();
        let of_others = self.counts.iter().enumerate().filter(|(probe, _)| *probe != wish.probe);
        let of_others: Vec<_> = of_others
            .filter(|(_, count)| **count > 0)
            .map(|(probe, count)| format!("{count} of `{}`", name(probe)))
            .collect();
        let seen = self.counts.get(wish.probe).copied().unwrap_or_default();
        difference::unmet(wish, name(wish.probe), seen, &nearest, &of_others)
    }
}

impl Wish {
    fn new(
        entry: &Expectation,
        forbidden: bool,
        config: &Config,
        views: &[View],
        variables: &Variables,
    ) -> Self {
        let slots: &[Slot] = views.get(entry.probe).map_or(&[], |view| &view.layout.slots);
        let field = |(name, matcher): &(Spanned<String>, Spanned<crate::config::Matcher>)| {
            let slot = slots.iter().find(|slot| slot.name == name.value);
            let shown = slot.map_or(Shown::Text, Shown::of);
            // What can never be has been reported with the config.
            let wanted = Wanted::new(&matcher.value, shown, variables);
            WantedField {
                name: name.value.clone(),
                decoded: matches!(shown, Shown::Decoded(..)),
                shown: difference::matcher(&matcher.value, variables),
                wanted: wanted.unwrap_or(Wanted::OneOf(Vec::new())),
            }
        };
        let (line, column) = config.source.position(entry.span.start);
        Self {
            probe: entry.probe,
            place: format!("{}:{line}:{column}", config.source.path),
            fields: entry.fields.iter().map(field).collect(),
            forbidden,
            fitting: Vec::new(),
            nearest: Vec::new(),
        }
    }

    /// Holds an event of its probe against it, and says whether the event is worth keeping under
    /// `index`. Of `enough` events that fit, one is always left for it.
    fn take(&mut self, event: &Event, index: usize, enough: usize) -> bool {
        let score = self.fields.iter().filter(|field| field.fits(event)).count();
        if self.forbidden {
            let first = score == self.fields.len() && self.fitting.is_empty();
            self.fitting.extend(first.then_some(index));
            return first;
        }
        let fits = score == self.fields.len() && self.fitting.len() < enough;
        self.fitting.extend(fits.then_some(index));
        let least = self.nearest.iter().enumerate().min_by_key(|(_, (score, _))| *score);
        let near = match least {
            Some((worst, (least, _))) if self.nearest.len() == SHOWN => {
                let better = score > *least;
                if better {
                    self.nearest[worst] = (score, index);
                }
                better
            }
            _ => {
                self.nearest.push((score, index));
                true
            }
        };
        fits || near
    }
}

/// For each wish an event that fits and is no other's, for as many as possible.
fn assigned(wishes: &[Wish]) -> Vec<Option<usize>> {
    let mut taken: Vec<Option<usize>> = vec![None; wishes.len()];
    for wish in 0..wishes.len() {
        let mut tried = Vec::new();
        assign(wish, wishes, &mut taken, &mut tried);
    }
    taken
}

/// Finds an event for `wish`, for which others may have to make do with another.
fn assign(
    wish: usize,
    wishes: &[Wish],
    taken: &mut Vec<Option<usize>>,
    tried: &mut Vec<usize>,
) -> bool {
    for event in &wishes[wish].fitting {
        if tried.contains(event) {
            continue;
        }
        tried.push(*event);
        let owner = taken.iter().position(|own| *own == Some(*event));
        if owner.is_none_or(|owner| assign(owner, wishes, taken, tried)) {
            taken[wish] = Some(*event);
            return true;
        }
    }
    false
}
