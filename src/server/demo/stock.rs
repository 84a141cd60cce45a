//! The stock of the three warehouses, played through in order of time: what is ordered is reserved,
//! leaves when it is sent, comes back when it is returned, and is bought again when it runs low.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use fastrand::Rng;
use uuid::Uuid;

use super::calendar::{self, DAY, HISTORY_DAYS, HOUR, Millis};
use super::catalog::{Catalog, Product};
use super::random::{self, Topic, chance, pick};
use super::words::notes::ADJUSTMENT_REASONS;

pub struct Warehouse {
    pub code: &'static str,
    pub name: &'static str,
    pub street: &'static str,
    pub postal_code: &'static str,
    pub city: &'static str,
    pub country: &'static str,
    /// Share of the articles it keeps, in per mille.
    keeps: u32,
}

pub const WAREHOUSES: [Warehouse; 3] = [
    Warehouse {
        code: "HAM",
        name: "Hamburg",
        street: "Am Industriehafen 12",
        postal_code: "21107",
        city: "Hamburg",
        country: "DE",
        keeps: 900,
    },
    Warehouse {
        code: "LYS",
        name: "Lyon",
        street: "14 Rue de l’Entrepôt",
        postal_code: "69007",
        city: "Lyon",
        country: "FR",
        keeps: 520,
    },
    Warehouse {
        code: "POZ",
        name: "Poznań",
        street: "ul. Magazynowa 8",
        postal_code: "61-131",
        city: "Poznań",
        country: "PL",
        keeps: 380,
    },
];

pub fn warehouse_id(warehouse: usize) -> Uuid {
    random::id(Topic::Warehouse, warehouse as u64)
}

/// One article in one warehouse.
pub struct Line {
    pub product: u32,
    /// `None` for a product that comes in one form.
    pub variant: Option<u8>,
    pub warehouse: u8,
    pub on_hand: i32,
    pub reserved: i32,
    pub reorder_point: i32,
    pub reorder_quantity: i32,
    /// New pieces are on their way.
    ordered: bool,
    pub since: Millis,
    pub changed_at: Millis,
}

pub fn line_id(line: u32) -> Uuid {
    random::id(Topic::Inventory, u64::from(line))
}

/// A line of an order, for the movements it causes.
#[derive(Clone, Copy)]
pub struct OrderLine {
    pub order: Uuid,
    pub item: Uuid,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Purchase,
    Sale,
    Return,
    Damage,
    Adjustment(&'static str),
    TransferOut,
    TransferIn,
    /// A reservation ends without goods moving.
    Release,
}

/// Something that happens to a stock line at a time.
#[derive(Clone, Copy)]
pub struct Event {
    pub at: Millis,
    sequence: u64,
    pub line: u32,
    /// How many pieces, never negative but for adjustments.
    pub quantity: i32,
    pub change: Change,
    pub cause: Option<OrderLine>,
}

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Event {}

impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Event {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.sequence).cmp(&(other.at, other.sequence))
    }
}

/// A movement that has happened.
pub struct Movement {
    pub event: Event,
    /// The change of what is on hand.
    pub quantity: i32,
    /// Counts all movements from 1.
    pub number: u64,
}

pub struct Stock {
    pub lines: Vec<Line>,
    /// Where the lines of each product begin.
    first: Vec<u32>,
    events: BinaryHeap<Reverse<Event>>,
    sequence: u64,
    moved: u64,
    now: Millis,
    rng: Rng,
}

impl Stock {
    /// `pieces` is how many articles will be sold in all: the size of a reorder follows from it.
    pub fn new(catalog: &Catalog, pieces: u64, now: Millis) -> Self {
        let mut rng = random::rng(Topic::Inventory, u64::MAX);
        let mut lines = Vec::new();
        let mut first = Vec::with_capacity(catalog.products.len());
        for product in &catalog.products {
            first.push(lines.len() as u32);
            let forms = product.variants.len().max(1);
            for form in 0..forms {
                let variant = (!product.variants.is_empty()).then_some(form as u8);
                let mut kept = WAREHOUSES.map(|warehouse| chance(&mut rng, warehouse.keeps));
                if kept == [false; 3] {
                    kept[0] = true;
                }
                let since = product.created_at.max(now - (HISTORY_DAYS + 20) * DAY);
                for warehouse in (0..3_u8).filter(|warehouse| kept[usize::from(*warehouse)]) {
                    lines.push(Line {
                        product: product.number,
                        variant,
                        warehouse,
                        on_hand: 0,
                        reserved: 0,
                        reorder_point: 0,
                        reorder_quantity: 0,
                        ordered: true,
                        since,
                        changed_at: since,
                    });
                }
            }
        }
        let mut stock = Self { lines, first, events: BinaryHeap::new(), sequence: 0, moved: 0, now, rng };
        stock.fill_shelves(catalog, pieces);
        stock
    }

    /// Reorder rules and the first delivery of each line.
    fn fill_shelves(&mut self, catalog: &Catalog, pieces: u64) {
        let average = pieces as f64 / self.lines.len().max(1) as f64;
        for line in 0..self.lines.len() as u32 {
            let popularity = catalog.products[self.lines[line as usize].product as usize].popularity;
            let expected = (average * popularity / 8.0) as i32;
            let quantity = (expected.max(4) + self.rng.i32(0..=6) + 4) / 5 * 5;
            let Line { reorder_point, reorder_quantity, since, .. } = &mut self.lines[line as usize];
            *reorder_quantity = quantity;
            *reorder_point = (quantity / 3).max(2);
            let at = *since + self.rng.i64(0..6 * HOUR);
            // One in forty has never been delivered, some came in small numbers.
            let first = match self.rng.u32(..40) {
                0 => 0,
                1..=4 => self.rng.i32(1..=3),
                _ => quantity + self.rng.i32(0..=quantity),
            };
            if first > 0 {
                self.push(at, line, first, Change::Purchase, None);
            }
        }
    }

    fn push(&mut self, at: Millis, line: u32, quantity: i32, change: Change, cause: Option<OrderLine>) {
        self.sequence += 1;
        self.events.push(Reverse(Event { at, sequence: self.sequence, line, quantity, change, cause }));
    }

    /// What happens next, up to `until`; releases are worked off in passing.
    pub fn next_movement(&mut self, until: Millis) -> Option<Movement> {
        while let Some(Reverse(event)) = self.events.peek().copied() {
            if event.at > until.min(self.now) {
                return None;
            }
            self.events.pop();
            let line = &mut self.lines[event.line as usize];
            line.changed_at = event.at;
            let quantity = match event.change {
                Change::Purchase => {
                    line.ordered = false;
                    event.quantity
                }
                Change::Return | Change::TransferIn | Change::Adjustment(_) => event.quantity,
                Change::Damage | Change::TransferOut => -event.quantity,
                Change::Sale => {
                    line.reserved -= event.quantity;
                    -event.quantity
                }
                Change::Release => {
                    line.reserved -= event.quantity;
                    continue;
                }
            };
            line.on_hand += quantity;
            self.moved += 1;
            if event.change == Change::Purchase {
                self.housekeeping(event.line, event.at);
            }
            return Some(Movement { event, quantity, number: self.moved });
        }
        None
    }

    /// After a delivery the shelf is counted or evened out with another warehouse, now and then.
    fn housekeeping(&mut self, line: u32, at: Millis) {
        let free = self.free(line);
        if free < 4 {
            return;
        }
        match self.rng.u32(..100) {
            0..=3 => {
                let reason = pick(&mut self.rng, &ADJUSTMENT_REASONS);
                let difference = if self.rng.bool() { 1 } else { -self.rng.i32(1..=2) };
                // Taken out at once, so that nobody is promised what is missing.
                self.push(at, line, difference, Change::Adjustment(reason), None);
            }
            4 => self.push(at, line, 1, Change::Damage, None),
            5..=6 => {
                let Line { product, variant, .. } = self.lines[line as usize];
                let other = self.lines_of(product, variant).find(|other| *other != line);
                if let Some(other) = other {
                    let quantity = self.rng.i32(1..=free / 3 + 1);
                    self.push(at, line, quantity, Change::TransferOut, None);
                    self.push(at, other, quantity, Change::TransferIn, None);
                }
            }
            _ => {}
        }
    }

    fn free(&self, line: u32) -> i32 {
        let Line { on_hand, reserved, .. } = self.lines[line as usize];
        on_hand - reserved
    }

    fn lines_of(&self, product: u32, variant: Option<u8>) -> impl Iterator<Item = u32> + '_ {
        let first = self.first[product as usize];
        (first..self.lines.len() as u32)
            .take_while(move |line| self.lines[*line as usize].product == product)
            .filter(move |line| self.lines[*line as usize].variant == variant)
    }

    /// Whether as many pieces can be promised, and from which line; `nearest` is asked first.
    pub fn find(&self, product: &Product, variant: Option<usize>, quantity: i32, nearest: usize) -> Option<u32> {
        let variant = variant.map(|variant| variant as u8);
        let enough = |line: &u32| self.free(*line) >= quantity;
        self.lines_of(product.number, variant)
            .filter(enough)
            .min_by_key(|line| usize::from(self.lines[*line as usize].warehouse) != nearest)
    }

    /// Has goods delivered just in time, for an order that nothing on the shelves can serve.
    pub fn rush(&mut self, product: &Product, variant: Option<usize>, quantity: i32, at: Millis) -> Option<u32> {
        let line = self.lines_of(product.number, variant.map(|variant| variant as u8)).next()?;
        let quantity = quantity.max(self.lines[line as usize].reorder_quantity);
        self.push(at, line, quantity, Change::Purchase, None);
        Some(line)
    }

    /// Takes pieces out of what can be promised and orders new ones when they run low.
    pub fn reserve(&mut self, line: u32, quantity: i32, at: Millis) {
        let entry = &mut self.lines[line as usize];
        entry.reserved += quantity;
        if entry.on_hand - entry.reserved < entry.reorder_point && !entry.ordered {
            entry.ordered = true;
            let quantity = entry.reorder_quantity;
            let wished = at + self.rng.i64(2 * DAY..16 * DAY);
            let arrives = calendar::at_work(&mut self.rng, wished);
            self.push(arrives, line, quantity, Change::Purchase, None);
        }
    }

    /// The reserved pieces leave the house.
    pub fn ship(&mut self, line: u32, quantity: i32, at: Millis, cause: OrderLine) {
        self.push(at, line, quantity, Change::Sale, Some(cause));
    }

    /// The reservation ends.
    pub fn release(&mut self, line: u32, quantity: i32, at: Millis) {
        self.push(at, line, quantity, Change::Release, None);
    }

    /// Pieces come back; `damaged` ones are written off at once.
    pub fn take_back(&mut self, line: u32, quantity: i32, damaged: bool, at: Millis, cause: OrderLine) {
        self.push(at, line, quantity, Change::Return, Some(cause));
        if damaged {
            self.push(at, line, quantity, Change::Damage, Some(cause));
        }
    }
}
