//! Literal numbers, which can be compared at compile time.

use std::cmp::Ordering;

use syn::{Expr, ExprGroup, ExprLit, ExprParen, ExprUnary, Lit, UnOp};

use crate::syntax::keys::ungrouped;

/// A number written as a literal.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Number {
    Integer(i128),
    Float(f64),
}

impl Number {
    /// The number of a literal expression.
    pub(crate) fn of(expr: &Expr) -> Option<Self> {
        match expr {
            Expr::Lit(ExprLit { lit: Lit::Int(digits), .. }) if is_float(digits.suffix()) => {
                digits.base10_digits().parse().ok().map(Self::Float)
            }
            Expr::Lit(ExprLit { lit: Lit::Int(digits), .. }) => {
                digits.base10_parse().ok().map(Self::Integer)
            }
            Expr::Lit(ExprLit { lit: Lit::Float(digits), .. }) => {
                digits.base10_parse().ok().map(Self::Float)
            }
            Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => {
                Self::of(expr).map(|number| match number {
                    Self::Integer(value) => Self::Integer(-value),
                    Self::Float(value) => Self::Float(-value),
                })
            }
            Expr::Paren(ExprParen { expr, .. }) | Expr::Group(ExprGroup { expr, .. }) => {
                Self::of(expr)
            }
            _ => None,
        }
    }

    #[allow(clippy::cast_precision_loss)]
    fn as_float(self) -> f64 {
        match self {
            Self::Integer(value) => value as f64,
            Self::Float(value) => value,
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => a.partial_cmp(b),
            _ => self.as_float().partial_cmp(&other.as_float()),
        }
    }
}

fn is_float(suffix: &str) -> bool {
    suffix == "f32" || suffix == "f64"
}

/// Returns `true` for the path of a constant, such as `limits::MAX`.
pub(crate) fn is_constant(expr: &Expr) -> bool {
    let Expr::Path(path) = ungrouped(expr) else { return false };
    let is_upper_case =
        |name: &str| name.contains(char::is_uppercase) && !name.contains(char::is_lowercase);
    let first = path.path.segments.first().map(|first| first.ident.to_string());
    path.qself.is_none()
        && first.as_deref() != Some("Self")
        && path.path.segments.last().is_some_and(|last| is_upper_case(&last.ident.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Option<Number> {
        Number::of(&syn::parse_str(text).expect("an expression"))
    }

    #[test]
    fn literals_are_numbers() {
        assert_eq!(number("-1_000"), Some(Number::Integer(-1000)));
        assert_eq!(number("0x10u8"), Some(Number::Integer(16)));
        assert_eq!(number("1.5"), Some(Number::Float(1.5)));
        assert_eq!(number("(2f64)"), Some(Number::Float(2.0)));
        assert_eq!(number("MAX"), None);
        assert!(number("1") < number("1.5"));
    }

    #[test]
    fn constants_are_written_in_capitals() {
        let check = |text| is_constant(&syn::parse_str(text).expect("an expression"));
        assert!(check("MAX") && check("limits::MAX_2") && check("u32::MAX"));
        assert!(!check("max") && !check("Max") && !check("Self::MAX") && !check("max()"));
    }
}
