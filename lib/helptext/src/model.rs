//! The model: the probability that the next bit is one, from everything seen so far.
//!
//! Each context (the last two bytes; the word so far; the place in the line; ...) has, for every
//! bit position, a slot in one hashed table. A slot gives two opinions: an adaptive probability, and the
//! recent bits seen there, translated to a probability learnt from all slots with that history. A match model adds what
//! followed an earlier repetition. The opinions are summed in the logistic domain with learnt weights.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

/// Contexts with a slot per bit.
const CONTEXTS: usize = 7;
/// Opinions to mix: two for each context, one of the match model, one constant.
const INPUTS: usize = 2 * CONTEXTS + 2;

/// Fields of a slot, from the top: 16 bits of probability, 5 of visits, 5 of history (the last four bits under a
/// leading one), 6 to tell contexts apart.
const CHECK_BITS: u32 = 6;
const CHECK_MASK: u32 = (1 << CHECK_BITS) - 1;
const HISTORY_SHIFT: u32 = CHECK_BITS;
const VISITS_SHIFT: u32 = CHECK_BITS + 5;

/// Probabilities are in 1/65536, and stored with this bit flipped: fresh memory says one half.
const HALF: u32 = 0x8000;
/// Logistic domain: 256 to a factor of e in the odds, and this many on each side.
const LIMIT: usize = 3072;
const FIRST_WEIGHT: i32 = 11_000;
const LEARNING_RATE: i32 = 3;
/// Bytes that must agree before the match model speaks, and the longest match it tells apart.
const MIN_MATCH: usize = 5;
const MAX_MATCH: usize = 31;

/// The slots, in lines of 16.
const SLOTS: usize = 1 << 20;
/// Probability of a one after a history, for each context.
const HISTORIES_AT: usize = SLOTS;
/// Probability that a match of this length predicts the bit.
const MATCHES_AT: usize = HISTORIES_AT + CONTEXTS * 32;
/// Where the last bytes were seen before, by their hash.
const SEEN_AT: usize = MATCHES_AT + MAX_MATCH + 1;
/// Weights, less `FIRST_WEIGHT`: a set for each partial byte, then a set for each previous byte.
const WEIGHTS_AT: usize = SEEN_AT + (1 << 16);
/// Probability of a logistic value, and the other way round for probabilities in 1/4096.
const SQUASH_AT: usize = WEIGHTS_AT + 512 * INPUTS;
const STRETCH_AT: usize = SQUASH_AT + 2 * LIMIT;
/// How far a slot's probability moves after so many visits, in 1/16384.
const RATES_AT: usize = STRETCH_AT + 4096;
const MEMORY: usize = RATES_AT + 32;

/// State of the model.
pub struct Model {
    /// All tables in one allocation, at the places above.
    memory: Box<[u32; MEMORY]>,

    // The bit at hand.
    inputs: [i32; INPUTS],
    /// Places of the slots in use.
    chosen: [u32; CONTEXTS],
    /// That it is one.
    probability: u32,
    /// The bits of this byte, and of this half of it, under a leading one.
    partial: u32,
    node: u32,
    /// The bit the match model expects, if it speaks.
    expected: Option<u32>,

    // The byte at hand.
    text: Vec<u8>,
    contexts: [u32; CONTEXTS],
    /// Hashes of each context and the first half of the byte.
    lines: [u32; CONTEXTS],
    touched: u32,
    match_length: usize,
    match_at: usize,

    // The line and the words at hand.
    word: u32,
    /// Classes of characters without repetitions, the last eight.
    classes: u32,
    /// The first two bytes of the line.
    head: u32,
    line_start: usize,
}

impl Model {
    /// The model before the first byte; nothing if there is no memory for it.
    pub fn new() -> Option<Model> {
        let mut model = Model {
            memory: vec![0; MEMORY].into_boxed_slice().try_into().ok()?,
            inputs: [0; INPUTS],
            chosen: [0; CONTEXTS],
            probability: 0,
            partial: 1,
            node: 1,
            expected: None,
            text: Vec::new(),
            contexts: [0; CONTEXTS],
            lines: [0; CONTEXTS],
            touched: 0,
            match_length: 0,
            match_at: 0,
            word: 0,
            classes: 0,
            head: 0,
            line_start: 0,
        };
        model.fill_logistic_tables();
        model.hash_contexts();
        Some(model)
    }

    /// The logistic function by its differential equation p' = p (1 - p), in steps of 1/256, and its inverse.
    fn fill_logistic_tables(&mut self) {
        let mut probability = 1u64 << 31;
        for step in 0..LIMIT {
            let high = (probability >> 16).min(0xfff0) as u32;
            self.memory[SQUASH_AT + LIMIT + step] = high;
            self.memory[SQUASH_AT + LIMIT - 1 - step] = !high & 0xffff;
            probability += (probability * ((1 << 32) - probability)) >> 40;
        }
        for visits in 0..32 {
            self.memory[RATES_AT + visits as usize] = 0xc000 / (2 * visits + 4);
        }
        let mut value = 0;
        for entry in 0..4096 {
            while value < 2 * LIMIT - 1 && self.memory[SQUASH_AT + value] >> 4 < entry {
                value += 1;
            }
            self.memory[STRETCH_AT + entry as usize] = (value as u32).wrapping_sub(LIMIT as u32);
        }
    }

    fn stretched(&self, probability: u32) -> i32 {
        self.memory[STRETCH_AT + (probability >> 4 & 4095) as usize] as i32
    }

    fn squashed(&self, value: i32) -> u32 {
        let place = (value + LIMIT as i32).clamp(1, 2 * LIMIT as i32 - 1);
        self.memory[SQUASH_AT + place as usize]
    }

    /// The byte `back` places before the next one, 1 being the last.
    fn before(&self, back: usize) -> u32 {
        self.at(self.text.len().wrapping_sub(back))
    }

    fn at(&self, place: usize) -> u32 {
        self.text.get(place).map_or(0, |&byte| u32::from(byte))
    }

    /// The place of the slot for this bit in the line of slots with hash `line`, which is one line of the processor's
    /// cache: one of two places, the one less visited if neither is ours.
    fn find_slot(&mut self, line: u32) -> usize {
        let place = (line >> 8 & !15 ^ (line ^ self.node) & 15) as usize & (SLOTS - 1);
        let check = (line >> 4 ^ self.node << 2) & CHECK_MASK;
        // All of this without branches, which the processor could not foretell.
        let second_wins = rank(self.memory[place ^ 8] ^ check) > rank(self.memory[place] ^ check);
        let place = place ^ usize::from(second_wins) << 3;
        let slot = self.memory[place] ^ check;
        // All ones if the slot is ours: others are cleared.
        let keep = ((slot & CHECK_MASK).wrapping_sub(1) as i32 >> 31) as u32;
        self.memory[place] = slot & keep ^ check;
        place
    }

    /// The probability that the next bit is one, in 1/65536; never 0 or 1.
    pub fn predict(&mut self) -> u32 {
        if self.node == 1 {
            let half = self.partial.wrapping_mul(0x9e37_79b1);
            for (line, context) in self.lines.iter_mut().zip(&self.contexts) {
                *line = mix(*context, half);
                // Reads whose values do not matter: they bring in all lines at once, not one after the other.
                self.touched ^= self.memory[(*line >> 8 & !15) as usize & (SLOTS - 1)];
            }
        }
        for index in 0..CONTEXTS {
            let place = self.find_slot(self.lines[index]);
            let slot = self.memory[place];
            self.chosen[index] = place as u32;
            self.inputs[2 * index] = self.stretched(slot >> 16 ^ HALF);
            self.inputs[2 * index + 1] = self.stretched(self.memory[history(index, slot)] ^ HALF);
        }
        self.predict_match();
        let [first, second] = self.sets();
        let mut dot = 0;
        for (index, input) in self.inputs.iter().enumerate() {
            let weight = self.memory[first + index].wrapping_add(self.memory[second + index]) as i32;
            dot += i64::from(*input) * i64::from(weight + FIRST_WEIGHT);
        }
        let limit = LIMIT as i64 - 1;
        self.probability = self.squashed((dot >> 16).clamp(-limit, limit) as i32);
        self.probability
    }

    /// The places of the two sets of weights in use.
    fn sets(&self) -> [usize; 2] {
        [self.partial & 255, 256 | self.before(1)].map(|set| WEIGHTS_AT + INPUTS * set as usize)
    }

    fn predict_match(&mut self) {
        let expected = self.at(self.match_at) | 256;
        let shift = self.partial.leading_zeros() - 23;
        self.expected = None;
        let mut opinion = 0;
        if self.match_length > 0 && expected >> shift == self.partial {
            let bit = expected >> (shift - 1) & 1;
            self.expected = Some(bit);
            opinion = self.stretched(self.memory[MATCHES_AT + (self.match_length & MAX_MATCH)] ^ HALF);
            if bit == 0 {
                opinion = -opinion;
            }
        }
        self.inputs[INPUTS - 2] = opinion;
        self.inputs[INPUTS - 1] = 256;
    }

    /// Learns that the bit was `bit`.
    pub fn update(&mut self, bit: u32) {
        let [first, second] = self.sets();
        let error = ((bit << 16) as i32 - self.probability as i32) * LEARNING_RATE;
        for (index, input) in self.inputs.iter().enumerate() {
            let change = (input * error) >> 18;
            for place in [first + index, second + index] {
                self.memory[place] = self.memory[place].wrapping_add_signed(change);
            }
        }
        for index in 0..CONTEXTS {
            let place = self.chosen[index] as usize & (SLOTS - 1);
            let slot = self.memory[place];
            approach(&mut self.memory[history(index, slot)], bit);
            let rate = self.memory[RATES_AT + (slot >> VISITS_SHIFT & 31) as usize];
            self.memory[place] = visited(slot, rate, bit);
        }
        if let Some(expected) = self.expected {
            let hit = expected == bit;
            approach(&mut self.memory[MATCHES_AT + (self.match_length & MAX_MATCH)], u32::from(hit));
            if !hit {
                self.match_length = 0;
            }
        }
        self.partial = self.partial << 1 | bit;
        self.node = if self.node < 8 { self.node << 1 | bit } else { 1 };
    }

    /// Takes the eight bits learnt as the next byte of the text, and returns it.
    pub fn end_byte(&mut self) -> u8 {
        let byte = self.partial as u8;
        self.partial = 1;
        self.text.push(byte);
        self.read_words(byte);
        self.follow_match();
        self.hash_contexts();
        byte
    }

    fn read_words(&mut self, byte: u8) {
        if byte.is_ascii_alphanumeric() {
            self.word = mix(self.word, u32::from(byte | 0x20));
        } else {
            self.word = 0;
        }
        if self.text.len() - self.line_start <= 2 {
            self.head = self.head << 8 | u32::from(byte);
        }
        let class = class(byte);
        if self.classes & 15 != class {
            self.classes = self.classes << 4 | class;
        }
        if byte == b'\n' {
            self.line_start = self.text.len();
            self.head = 0;
        }
    }

    fn follow_match(&mut self) {
        let mut hash = 0;
        for back in 1..=MIN_MATCH {
            hash = mix(hash, self.before(back));
        }
        let seen = &mut self.memory[SEEN_AT + (hash >> 16) as usize];
        let candidate = core::mem::replace(seen, self.text.len() as u32) as usize;
        if self.match_length > 0 {
            self.match_at += 1;
            self.match_length = (self.match_length + 1).min(MAX_MATCH);
            return;
        }
        self.match_at = candidate;
        let mut length = 0;
        while length < candidate.min(MAX_MATCH) && self.at(candidate - 1 - length) == self.before(length + 1)
        {
            length += 1;
        }
        self.match_length = length;
    }

    fn hash_contexts(&mut self) {
        let one = self.before(1);
        let two = one | self.before(2) << 8;
        let column = self.text.len() - self.line_start;
        self.contexts = [
            0,
            one,
            two,
            two | self.before(3) << 16,
            self.word,
            self.head | (column as u32) << 16,
            self.classes & 0xffff,
        ];
        let mut salt = 0;
        for context in &mut self.contexts {
            salt += 0x0123_4567;
            *context = mix(salt, *context);
        }
    }
}

/// Multiplicative hashing, one value after the other.
fn mix(hash: u32, value: u32) -> u32 {
    let product = (hash ^ value).wrapping_add(1).wrapping_mul(0x2f0b_4c47);
    product ^ product >> 15
}

/// How much a slot, its check removed, deserves to be the one used: ours above all others, then the least visited.
fn rank(slot: u32) -> u32 {
    (slot & CHECK_MASK).wrapping_sub(1) & 0x1_0000 | !slot & 0xffff
}

/// The place of the history part of a slot of context `index`.
fn history(index: usize, slot: u32) -> usize {
    HISTORIES_AT + index * 32 + (slot >> HISTORY_SHIFT & 31) as usize
}

/// Moves a stored probability by 1/64 of the way to `bit`.
fn approach(stored: &mut u32, bit: u32) {
    let probability = (*stored ^ HALF) as i32;
    let change = (bit as i32 * 0xffff - probability) >> 6;
    *stored = (probability + change) as u32 ^ HALF;
}

/// The slot after one more visit: its probability moves fast at first, then by about a twentieth of the way.
fn visited(slot: u32, rate: u32, bit: u32) -> u32 {
    let probability = (slot >> 16 ^ HALF) as i32;
    let change = ((bit as i32 * 0xffff - probability) * rate as i32) >> 14;
    let probability = (probability + change).clamp(32, 0xffff - 32) as u32;
    let history = (slot >> HISTORY_SHIFT & 31).max(1) << 1 | bit;
    let history = if history < 32 { history } else { history & 15 | 16 };
    (probability ^ HALF) << 16
        | ((slot >> VISITS_SHIFT & 31) + 1).min(31) << VISITS_SHIFT
        | history << HISTORY_SHIFT
        | slot & CHECK_MASK
}

/// A class of characters that look alike to a typesetter: 1 to 14.
fn class(byte: u8) -> u32 {
    match byte {
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        b'0'..=b'9' => 3,
        _ => {
            let known = b" \n\t-[].,()";
            known.iter().position(|&other| other == byte).unwrap_or(known.len()) as u32 + 4
        }
    }
}
