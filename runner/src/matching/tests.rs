//! Each form of matcher against each way of showing a value.

use serde_json::json;

use super::*;
use crate::diag::{Span, Spanned};

const INT: Shown = Shown::Integer(i32::MIN as i128, i32::MAX as i128);
const U64: Shown = Shown::Integer(0, u64::MAX as i128);

fn variables() -> Variables {
    Variables { folder: "/tmp/a*b".into(), process: 42 }
}

fn text(text: &str) -> Matcher {
    Matcher::Text(Template::plain(text))
}

fn parts(parts: &[Part]) -> Matcher {
    Matcher::Text(Template { parts: parts.to_vec() })
}

#[track_caller]
fn check(matcher: &Matcher, shown: Shown, fitting: &[Value], others: &[Value]) {
    let wanted = Wanted::new(matcher, shown, &variables()).unwrap();
    for value in fitting {
        assert!(wanted.fits(value), "{wanted:?} should fit {value}");
    }
    for value in others {
        assert!(!wanted.fits(value), "{wanted:?} should not fit {value}");
    }
}

#[track_caller]
fn refused(matcher: &Matcher, shown: Shown, why: &str) {
    let fault = Wanted::new(matcher, shown, &variables()).unwrap_err();
    assert!(fault.contains(why), "{fault}");
}

#[test]
fn numbers() {
    check(&text("0"), INT, &[json!(0)], &[json!(1), json!(null), json!("0"), json!(false)]);
    check(&text("-2"), INT, &[json!(-2)], &[json!(2)]);
    check(&text("0x1f"), INT, &[json!(31)], &[]);
    check(&text("64KiB"), INT, &[json!(65536)], &[]);
    let most = u64::MAX;
    check(&text(&most.to_string()), U64, &[json!(most)], &[json!(most - 1), json!(-1)]);
    check(&parts(&[Part::Process]), INT, &[json!(42)], &[json!(4)]);
    refused(&text("many"), INT, "`many` is not an integer");
    refused(&text("4*"), INT, "is not an integer");
    refused(&text("-1"), U64, "-1 is outside of its type's 0 to 18446744073709551615");
    refused(&text("2147483648"), INT, "outside of");
    refused(&parts(&[Part::Folder]), INT, "no number");
}

#[test]
fn ranges() {
    let range = |min, max| Matcher::Range { min, max };
    check(&range(Some(0), None), INT, &[json!(0), json!(9)], &[json!(-1), json!(null)]);
    check(&range(None, Some(-1)), INT, &[json!(-1)], &[json!(0)]);
    check(&range(Some(1), Some(2)), U64, &[json!(1), json!(2)], &[json!(0), json!(3)]);
    check(&range(Some(16), None), Shown::Address, &[json!("0x10")], &[json!("0xf"), json!("16")]);
    refused(&range(None, Some(-1)), U64, "is outside of");
    refused(&range(Some(0), None), Shown::Text, "no text");
    refused(&range(Some(0), None), Shown::Truth, "no `true`");
}

#[test]
fn addresses_and_truths() {
    check(&text("0xffff"), Shown::Address, &[json!("0xffff")], &[json!("0xfff"), json!(null)]);
    refused(&text("-1"), Shown::Address, "outside of");
    check(&text("true"), Shown::Truth, &[json!(true)], &[json!(false), json!(null)]);
    refused(&text("1"), Shown::Truth, "neither `true` nor `false`");
}

#[test]
fn texts() {
    check(&text("rm"), Shown::Text, &[json!("rm")], &[json!("rm "), json!(""), json!(null)]);
    check(&text("/etc/*"), Shown::Text, &[json!("/etc/"), json!("/etc/a/b")], &[json!("/etc")]);
    check(&text("?ä"), Shown::Text, &[json!("ää")], &[json!("ä")]);
    check(&text(r"a\*\?\\"), Shown::Text, &[json!(r"a*?\")], &[json!(r"ab?\")]);
    check(&text("5"), Shown::Text, &[json!("5")], &[json!(5)]);
    check(&text(""), Shown::Text, &[json!("")], &[json!("a")]);
    let gone = parts(&[Part::Folder, Part::Text("/*".into())]);
    check(&gone, Shown::Text, &[json!("/tmp/a*b/x")], &[json!("/tmp/ab/x"), json!("/tmp/axb/x")]);
    let process = parts(&[Part::Text("/proc/".into()), Part::Process]);
    check(&process, Shown::Text, &[json!("/proc/42")], &[json!("/proc/4")]);
}

#[test]
fn of_a_list_one_text_must_fit() {
    let stack = json!(["vfs_read+0x12", "ksys_read"]);
    check(
        &text("vfs_read*"),
        Shown::Texts,
        std::slice::from_ref(&stack),
        &[json!([]), json!(null)],
    );
    check(&text("vfs_write*"), Shown::Texts, &[], &[stack]);
    refused(&Matcher::Range { min: Some(1), max: None }, Shown::Texts, "no text");
}

#[test]
fn any_null_and_alternatives() {
    check(&Matcher::Null, INT, &[json!(null)], &[json!(0)]);
    check(&Matcher::Any, Shown::Text, &[json!("")], &[json!(null)]);
    let span = Span::default();
    let list = |all: Vec<Matcher>| {
        Matcher::OneOf(all.into_iter().map(|value| Spanned { value, span }).collect())
    };
    let some = list(vec![text("0"), text("-2"), Matcher::Null]);
    check(&some, INT, &[json!(0), json!(-2), json!(null)], &[json!(-1)]);
    refused(&list(vec![text("0"), text("x")]), INT, "`x` is not an integer");
}

#[test]
fn bounds_follow_the_slot() {
    let shown =
        |kind, show| Shown::of(&Slot { name: "x".into(), kind, show, offset: 0, null_index: None });
    let plain = |kind| shown(kind, Show::Plain);
    assert_eq!(plain(SlotKind::Unsigned(8)), Shown::Integer(0, 255));
    assert_eq!(plain(SlotKind::Signed(8)), Shown::Integer(-128, 127));
    assert_eq!(plain(SlotKind::Signed(64)), Shown::Integer(i64::MIN.into(), i64::MAX.into()));
    assert_eq!(plain(SlotKind::Unsigned(64)), U64);
    assert_eq!(shown(SlotKind::Unsigned(8), Show::Hex), Shown::Decoded(0, 255));
    assert_eq!(shown(SlotKind::Address, Show::Only(Show::Symbol.into())), Shown::Text);
}

#[test]
fn of_what_is_decoded_the_number_or_the_text_is_wanted() {
    let errno = Shown::Decoded(i32::MIN.into(), i32::MAX.into());
    check(&text("-2"), errno, &[json!(-2)], &[json!("ENOENT"), json!(2)]);
    check(&text("ENO*"), errno, &[json!("ENOENT")], &[json!("EPERM"), json!(-2)]);
    refused(&text("2147483648"), errno, "outside of");
}
