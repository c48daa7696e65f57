//! [`Option`].

use crate::convert::Infallible;
use crate::ops::{ControlFlow, FromResidual, Try};

/// A value, or none.
#[lang = "Option"]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Option<T> {
    /// None.
    #[lang = "None"]
    None,
    /// A value.
    #[lang = "Some"]
    Some(T),
}

impl<T> Option<T> {
    /// Whether there is a value.
    #[inline(always)]
    pub const fn is_some(&self) -> bool {
        match self {
            Some(_) => true,
            None => false,
        }
    }

    /// Whether there is none.
    #[inline(always)]
    pub const fn is_none(&self) -> bool {
        !self.is_some()
    }

    /// The value, or `default`.
    #[inline(always)]
    pub fn unwrap_or(self, default: T) -> T {
        match self {
            Some(value) => value,
            None => default,
        }
    }

    /// The value, or the type's default.
    #[inline(always)]
    pub fn unwrap_or_default(self) -> T
    where
        T: Default,
    {
        match self {
            Some(value) => value,
            None => T::default(),
        }
    }

    /// The value, or what `default` gives.
    #[inline(always)]
    pub fn unwrap_or_else<F: FnOnce() -> T>(self, default: F) -> T {
        match self {
            Some(value) => value,
            None => default(),
        }
    }

    /// Applies `f` to the value.
    #[inline(always)]
    pub fn map<U, F: FnOnce(T) -> U>(self, f: F) -> Option<U> {
        match self {
            Some(value) => Some(f(value)),
            None => None,
        }
    }

    /// Applies `f`, which may find none, to the value.
    #[inline(always)]
    pub fn and_then<U, F: FnOnce(T) -> Option<U>>(self, f: F) -> Option<U> {
        match self {
            Some(value) => f(value),
            None => None,
        }
    }

    /// Itself if there is a value, else `other`.
    #[inline(always)]
    pub fn or(self, other: Option<T>) -> Option<T> {
        match self {
            Some(_) => self,
            None => other,
        }
    }

    /// Itself if `f` holds of the value.
    #[inline(always)]
    pub fn filter<F: FnOnce(&T) -> bool>(self, f: F) -> Self {
        match self {
            Some(value) if f(&value) => Some(value),
            _ => None,
        }
    }

    /// The value, or `error`.
    #[inline(always)]
    pub fn ok_or<E>(self, error: E) -> Result<T, E> {
        match self {
            Some(value) => Ok(value),
            None => Err(error),
        }
    }
}

impl<T> Default for Option<T> {
    #[inline(always)]
    fn default() -> Self {
        None
    }
}

impl<T> Try for Option<T> {
    type Output = T;
    type Residual = Option<Infallible>;

    #[inline(always)]
    fn from_output(output: T) -> Self {
        Some(output)
    }

    #[inline(always)]
    fn branch(self) -> ControlFlow<Option<Infallible>, T> {
        match self {
            Some(value) => ControlFlow::Continue(value),
            None => ControlFlow::Break(None),
        }
    }
}

impl<T> FromResidual<Option<Infallible>> for Option<T> {
    #[inline(always)]
    fn from_residual(_residual: Option<Infallible>) -> Self {
        None
    }
}
