//! Every item once, turns, panics.

use super::*;

#[test]
fn every_item_is_worked_on_once() {
    for threads in 1..5 {
        let pool = Pool::new(threads);
        for items in [0, 1, 2, 7, 100, 1000] {
            let counts: Vec<AtomicUsize> = (0..items).map(|_| AtomicUsize::new(0)).collect();
            pool.run(items, &|i| {
                counts[i].fetch_add(1, Ordering::Relaxed);
                // A region opened inside a region is done on the spot.
                pool.run(2, &|_| {});
            });
            assert!(counts.iter().all(|count| count.load(Ordering::Relaxed) == 1));
        }
    }
}

#[test]
fn callers_take_turns_and_the_urgent_go_first() {
    let pool = Pool::new(2);
    let (order, in_line) = (Mutex::new(Vec::new()), AtomicBool::new(false));
    let hold = pool.hold_urgent();
    let say = |who: &'static str| order.lock().unwrap().push(who);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Comes when the other is in line, which it has to let pass.
            while !in_line.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
            pool.run(4, &|i| {
                if i == 0 {
                    say("ordinary")
                }
            });
        });
        scope.spawn(|| {
            let _hold = pool.hold_urgent();
            pool.run(4, &|i| {
                if i == 0 {
                    say("urgent")
                }
            });
        });
        while pool.lock().urgent == 0 {
            std::thread::yield_now();
        }
        in_line.store(true, Ordering::SeqCst);
        drop(hold);
    });
    assert_eq!(*order.lock().unwrap(), ["urgent", "ordinary"]);
}

#[test]
fn a_panic_in_an_item_reaches_the_caller_and_the_pool_works_on() {
    let pool = Pool::new(3);
    for _ in 0..3 {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            pool.run(64, &|i| assert!(i != 40, "item 40"));
        }));
        assert!(outcome.is_err());
        let done = AtomicUsize::new(0);
        pool.run(64, &|_| {
            done.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(done.load(Ordering::Relaxed), 64);
    }
}
