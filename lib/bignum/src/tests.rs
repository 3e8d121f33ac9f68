use super::*;
use proptest::prelude::*;

fn number(text: &str) -> Number {
    let digits = text.trim_start_matches('-');
    let mut number = Number::parse(digits.as_bytes(), 10, true);
    if digits.len() < text.len() {
        number.negate();
    }
    number
}

fn text(number: &Number) -> std::string::String {
    let mut out = Vec::new();
    number.push_decimal(&mut out);
    std::string::String::from_utf8(out).expect("digits")
}

#[test]
fn results_are_cut_off() {
    assert_eq!(text(&number("2").divide(&number("3"), 5).unwrap()), ".66666");
    assert_eq!(text(&number("-2").divide(&number("3"), 12).unwrap()), "-.666666666666");
    let mut square = number("1.99");
    square.operate(b'*', &number("1.99"), 0).unwrap();
    assert_eq!(text(&square), "3.96");
    assert_eq!(text(&number("2").root(20).unwrap()), "1.41421356237309504880");
    assert_eq!(text(&number("2").power(100, 0).unwrap()), "1267650600228229401496703205376");
    assert!(number("1").divide(&number("0.000"), 3).is_err());
}

#[test]
fn bases() {
    assert_eq!(text(&Number::parse(b"FF.8", 16, true)), "255.5");
    let mut out = Vec::new();
    number("255.5").push(16, &mut out);
    assert_eq!(out, b"FF.8");
}

proptest! {
    #[test]
    fn quotient_and_rest_give_the_dividend(a in "-?[0-9]{1,300}(\\.[0-9]{0,30})?", b in "-?[0-9]{0,150}[1-9](\\.[0-9]{0,30})?", scale in 0usize..40) {
        let (a, b) = (number(&a), number(&b));
        let (mut quotient, mut rest) = (a.clone(), a.clone());
        quotient.operate(b'/', &b, scale).unwrap();
        rest.operate(b'%', &b, scale).unwrap();
        let back = quotient.multiply(&b, 1000).unwrap().add(&rest, false);
        prop_assert_eq!(back.compare(&a), Ordering::Equal);
    }

    #[test]
    fn long_products(a in "[1-9][0-9]{0,1500}", b in "[1-9][0-9]{0,1500}") {
        // By Karatsuba's method or not, a product divided by a factor is the other one.
        let (a, b) = (number(&a), number(&b));
        let product = a.multiply(&b, 0).unwrap();
        prop_assert_eq!(product.divide(&a, 0).unwrap().compare(&b), Ordering::Equal);
        prop_assert_eq!(product.divide(&b, 0).unwrap().compare(&a), Ordering::Equal);
    }

    #[test]
    fn roots(a in "[0-9]{1,400}") {
        let a = number(&a);
        let root = a.root(0).unwrap();
        let above = root.add(&Number::from_u64(1), false);
        prop_assert!(root.multiply(&root, 0).unwrap().compare(&a) != Ordering::Greater);
        prop_assert!(above.multiply(&above, 0).unwrap().compare(&a) == Ordering::Greater);
    }

    #[test]
    fn text_and_back(a in "-?[1-9][0-9]{0,60}\\.[0-9]{1,40}") {
        prop_assert_eq!(text(&number(&a)), a);
    }
}
