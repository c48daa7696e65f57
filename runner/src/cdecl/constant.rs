//! Constant expressions: lengths of arrays, widths of bitfields, values of enums.

use super::Fault;
use super::layout::size_of;
use super::lex::Kind;
use super::parse::Parser;

/// Operators by how loosely they bind.
const LEVELS: &[&[&str]] = &[&["|"], &["^"], &["&"], &["<<", ">>"], &["+", "-"], &["*", "/", "%"]];

impl Parser<'_> {
    /// A constant expression.
    pub(super) fn constant(&mut self) -> Result<i128, Fault> {
        self.enter()?;
        let value = self.level(0);
        self.leave();
        value
    }

    fn level(&mut self, level: usize) -> Result<i128, Fault> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.level(level + 1)?;
        'next: loop {
            let range = self.here();
            for operator in *operators {
                if self.eat_all(operator) {
                    let right = self.level(level + 1)?;
                    let value = apply(operator, left, right).filter(|value| fits(*value));
                    left = value.ok_or_else(|| {
                        Fault::new(range, "this has no value that fits".to_owned())
                    })?;
                    continue 'next;
                }
            }
            return Ok(left);
        }
    }

    fn unary(&mut self) -> Result<i128, Fault> {
        self.enter()?;
        let value = self.operand();
        self.leave();
        value
    }

    fn operand(&mut self) -> Result<i128, Fault> {
        let range = self.here();
        if self.eat('-') {
            return Ok(-self.unary()?);
        }
        if self.eat('+') {
            return self.unary();
        }
        if self.eat('~') {
            return Ok(!self.unary()?);
        }
        if self.eat('(') {
            let value = self.constant()?;
            self.demand(')')?;
            return Ok(value);
        }
        match self.peek().cloned() {
            Some(Kind::Number(value)) => {
                self.next();
                Ok(value)
            }
            Some(Kind::Word(word)) if word == "sizeof" => {
                self.next();
                self.demand('(')?;
                let ty = self.type_name()?;
                self.demand(')')?;
                match size_of(self.types(), &ty) {
                    Some((size, _)) => Ok(i128::from(size)),
                    None => Err(Fault::new(range, "this has no size")),
                }
            }
            Some(Kind::Word(word)) => {
                self.next();
                self.enumerator(&word).ok_or_else(|| {
                    Fault::new(range, format!("`{word}` is not a constant that is declared here"))
                })
            }
            _ => Err(self.unexpected("a constant")),
        }
    }
}

fn apply(operator: &str, left: i128, right: i128) -> Option<i128> {
    match operator {
        "|" => Some(left | right),
        "^" => Some(left ^ right),
        "&" => Some(left & right),
        "<<" if (0..64).contains(&right) => left.checked_mul(1 << right),
        ">>" if (0..64).contains(&right) => Some(left >> right),
        "+" => left.checked_add(right),
        "-" => left.checked_sub(right),
        "*" => left.checked_mul(right),
        "/" => left.checked_div(right),
        "%" => left.checked_rem(right),
        _ => None,
    }
}

fn fits(value: i128) -> bool {
    i64::try_from(value).is_ok() || u64::try_from(value).is_ok()
}
