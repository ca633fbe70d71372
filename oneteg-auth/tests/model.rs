//! R10: the lease protocol, explored state by state. The steps are those of a store ([`SessionRecord`]) and
//! the judgement is that of a session ([`judge_journal`]); only the provider and the crashes are modelled.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

mod common;

use std::time::Duration;

use common::key;
use oneteg_auth::{
    CredentialVersion, JournalVerdict, Lease, LeaseDecision, LeaseOwner, RefreshAttempt,
    RefreshAttemptState, ReplayWindow, SessionRecord, Tokens, judge_journal,
};
use stateright::{Checker, Model, Property};

const TTL: u64 = 10;
/// When the session begins; the clock can be set back that far.
const START: u64 = 1_000;

/// How far one process is with its refresh.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Step {
    Idle,
    Leased(u64),
    Announced(u64, RefreshAttempt, u8),
    Answered(u64, RefreshAttempt, u8),
    Lost(RefreshAttempt, u8),
    /// The provider returned `invalid_grant`.
    Refused,
    /// According to the journal, using the token could end a session that is alive.
    Uncertain,
    Done,
    Crashed,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct World {
    store: SessionRecord,
    now: u64,
    steps: Vec<Step>,
    crashes: u8,
    waits: u8,
    /// The number of the refresh token that the provider expects, and whether the family is revoked.
    expected: u8,
    revoked: bool,
    /// When the token before the expected one was spent.
    spent_at: u64,
    requests: u16,
    stale_commits: u8,
    /// How far the clock was set back.
    behind: u64,
    signed_out: bool,
    /// When the refresh token was first announced, by a clock that is never set.
    announced: Option<u64>,
    /// Repeated requests that the replay window did not allow.
    late_replays: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Action {
    Lease(usize),
    Announce(usize),
    Ask(usize),
    LoseAnswer(usize),
    Commit(usize),
    Offer(usize),
    Crash(usize),
    /// Time passes beyond every lease.
    Wait,
    /// Somebody signs out, whatever refresh is in progress.
    SignOut,
    /// The store's clock is set back, to before the session began.
    SetBack,
}

struct Protocol {
    processes: usize,
    crashes: u8,
    window: u64,
}

fn tokens(number: u8) -> Tokens {
    Tokens::new(format!("a{number}")).with_refresh(format!("r{number}"))
}

fn owner(process: usize) -> LeaseOwner {
    LeaseOwner::new(format!("p{process}"))
}

fn lease(process: usize, fence: u64) -> Lease {
    Lease::new(key(), owner(process), fence)
}

/// The number of the refresh token in the store; none after a sign-out.
fn stored(world: &World) -> Option<u8> {
    let session = world.store.load(world.clock()).unwrap();
    Some(session.tokens?.refresh.unwrap().expose()[1..].parse().unwrap())
}

impl World {
    /// The store's clock, which the provider does not see.
    fn clock(&self) -> u64 {
        self.now.saturating_sub(self.behind)
    }
}

impl Protocol {
    fn replay(&self) -> ReplayWindow {
        match self.window {
            0 => ReplayWindow::None,
            window => ReplayWindow::Within(Duration::from_millis(window)),
        }
    }

    /// The provider's reaction to refresh token `number`: the number of the new token, if it grants one.
    fn provider(&self, world: &mut World, number: u8) -> Option<u8> {
        if world.revoked {
            return None;
        }
        if number == world.expected {
            world.expected += 1;
            world.spent_at = world.now;
            return Some(world.expected);
        }
        if number + 1 == world.expected && world.now < world.spent_at + self.window {
            return Some(world.expected);
        }
        world.revoked = true;
        None
    }
}

impl Model for Protocol {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        let mut store = SessionRecord::default();
        let LeaseDecision::Granted(lease) =
            store.lease(&key(), &LeaseOwner::new("setup"), Duration::from_millis(TTL), START)
        else {
            panic!("the lease of a new session is taken")
        };
        store.commit(&lease, CredentialVersion(0), &tokens(1), START).unwrap();
        store.release(&lease);
        vec![World {
            store,
            now: START,
            steps: vec![Step::Idle; self.processes],
            crashes: 0,
            waits: 0,
            expected: 1,
            revoked: false,
            spent_at: 0,
            requests: 0,
            stale_commits: 0,
            behind: 0,
            signed_out: false,
            announced: None,
            late_replays: 0,
        }]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        for (process, step) in world.steps.iter().enumerate() {
            match step {
                Step::Idle => actions.push(Action::Lease(process)),
                Step::Leased(_) => actions.push(Action::Announce(process)),
                Step::Announced(..) => {
                    actions.push(Action::Ask(process));
                    actions.push(Action::LoseAnswer(process));
                }
                Step::Answered(..) => actions.push(Action::Commit(process)),
                Step::Lost(..) => actions.push(Action::Offer(process)),
                Step::Refused | Step::Uncertain | Step::Done | Step::Crashed => continue,
            }
            if world.crashes < self.crashes {
                actions.push(Action::Crash(process));
            }
        }
        if world.waits < 3 {
            actions.push(Action::Wait);
        }
        if !world.signed_out {
            actions.push(Action::SignOut);
        }
        if world.behind == 0 {
            actions.push(Action::SetBack);
        }
    }

    fn next_state(&self, last: &World, action: Action) -> Option<World> {
        let mut world = last.clone();
        let now = world.clock();
        match action {
            Action::Wait => {
                world.waits += 1;
                world.now += TTL + 1;
            }
            Action::SignOut => {
                world.signed_out = true;
                world.store.clear();
            }
            Action::SetBack => world.behind = START - 1,
            Action::Crash(process) => {
                world.crashes += 1;
                world.steps[process] = Step::Crashed;
            }
            Action::Lease(process) => {
                let ttl = Duration::from_millis(TTL);
                match world.store.lease(&key(), &owner(process), ttl, now) {
                    LeaseDecision::Granted(lease) => {
                        world.steps[process] = Step::Leased(lease.fence)
                    }
                    _ => return None,
                }
            }
            Action::Announce(process) => {
                let Step::Leased(fence) = world.steps[process] else { return None };
                let session = world.store.load(now).unwrap();
                // Somebody refreshed or signed out: adopt or end, as a session does after it loads the record
                // again.
                let tokens = session.tokens.as_ref();
                let hash = tokens.and_then(Tokens::refresh_hash);
                let (Some(hash), CredentialVersion(1)) = (hash, session.version) else {
                    world.store.release(&lease(process, fence));
                    world.steps[process] = Step::Done;
                    return Some(world);
                };
                let entry = session.journal.as_ref();
                let verdict = judge_journal(hash, &owner(process), entry, self.replay());
                if verdict == JournalVerdict::Uncertain {
                    world.store.release(&lease(process, fence));
                    world.steps[process] = Step::Uncertain;
                    return Some(world);
                }
                let attempt = RefreshAttempt::new(owner(process), hash, session.version)
                    .with_replay(verdict == JournalVerdict::Replay);
                let number = stored(&world).unwrap();
                // Another process may still wait for the response to the first use.
                let of_another = entry.is_some_and(|entry| {
                    entry.attempt.state == RefreshAttemptState::Open
                        && entry.attempt.owner != owner(process)
                });
                let late = world.announced.is_some_and(|at| world.now >= at + self.window);
                world.late_replays +=
                    u8::from(verdict == JournalVerdict::Replay && of_another && late);
                world.steps[process] =
                    match world.store.journal(&lease(process, fence), Some(&attempt), now) {
                        Ok(()) => {
                            world.announced.get_or_insert(world.now);
                            Step::Announced(fence, attempt, number)
                        }
                        Err(_) => Step::Idle,
                    };
            }
            Action::Ask(process) | Action::LoseAnswer(process) => {
                let Step::Announced(fence, attempt, number) = world.steps[process].clone() else {
                    return None;
                };
                world.requests += 1;
                let granted = self.provider(&mut world, number);
                let arrives = matches!(action, Action::Ask(_));
                world.steps[process] = match granted {
                    Some(granted) if arrives => Step::Answered(fence, attempt, granted),
                    None if arrives => Step::Refused,
                    _ => {
                        let abandoned = attempt.with_state(RefreshAttemptState::Abandoned);
                        let held = lease(process, fence);
                        let _ = world.store.journal(&held, Some(&abandoned), now);
                        world.store.release(&held);
                        Step::Idle
                    }
                };
            }
            Action::Commit(process) => {
                let Step::Answered(fence, attempt, granted) = world.steps[process].clone() else {
                    return None;
                };
                let held = lease(process, fence);
                let before = stored(&world);
                let done = world.store.commit(&held, attempt.version, &tokens(granted), now);
                world.store.release(&held);
                world.stale_commits +=
                    u8::from(done.is_ok() && before.is_none_or(|before| granted < before));
                world.steps[process] = match done {
                    Ok(_) => Step::Done,
                    Err(oneteg_auth::StoreError::LeaseLost) => Step::Lost(attempt, granted),
                    Err(_) => Step::Done,
                };
            }
            Action::Offer(process) => {
                let Step::Lost(attempt, granted) = world.steps[process].clone() else {
                    return None;
                };
                let before = stored(&world);
                let taken = world.store.offer(&attempt, &tokens(granted), now).is_ok();
                world.stale_commits +=
                    u8::from(taken && before.is_none_or(|before| granted < before));
                world.steps[process] = Step::Done;
            }
        }
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("no stale commit", |_, world: &World| world.stale_commits == 0),
            Property::always(
                "a token is spent twice only by a declared rule",
                |model: &Self, world: &World| {
                    // Without crashes, lost responses and leases that run out there is one request.
                    let calm = world.crashes == 0 && world.waits == 0;
                    let abandoned = world.requests > 1;
                    !(calm && abandoned && world.revoked) || model.lost_response(world)
                },
            ),
            Property::always("no sign-out is undone", |_, world: &World| {
                !world.signed_out || stored(world).is_none()
            }),
            Property::always("no replay outside of the window", |_, world: &World| {
                world.late_replays == 0
            }),
            Property::always("no silent loss", |_, world: &World| {
                // The provider is ahead of what is stored. So a process must hold the tokens, or the next one
                // must be able to find out: the journal has an entry.
                let Some(stored) = stored(world) else { return true };
                let behind = world.revoked || stored < world.expected;
                let held = world
                    .steps
                    .iter()
                    .any(|step| matches!(step, Step::Answered(..) | Step::Lost(..)));
                let told = world.steps.iter().any(|step| matches!(step, Step::Refused));
                let journal = world.store.load(world.clock()).unwrap().journal;
                !behind || held || told || journal.is_some()
            }),
            Property::sometimes("refreshed", |_, world: &World| stored(world) > Some(1)),
            Property::sometimes("uncertain", |_, world: &World| {
                world.steps.contains(&Step::Uncertain)
            }),
            Property::sometimes("an offer is taken", |_, world: &World| {
                world.waits > 0 && stored(world) > Some(1) && world.crashes == 0
            }),
        ]
    }
}

impl Protocol {
    /// A lost response is the only reason for a second request while no lease runs out. It is allowed because
    /// nobody holds the tokens of the first one.
    fn lost_response(&self, world: &World) -> bool {
        world.steps.iter().all(|step| !matches!(step, Step::Answered(..) | Step::Lost(..)))
    }
}

#[test]
fn r10_the_lease_protocol_has_no_counterexample() {
    for window in [0, 5, 1_000] {
        let protocol = Protocol { processes: 3, crashes: 2, window };
        // Lost responses can repeat without end; the depth bounds them.
        let depth = if common::full() { 18 } else { 12 };
        let checker = protocol.checker().target_max_depth(depth).threads(2).spawn_bfs().join();
        println!(
            "R10 3 processes, 2 crashes, replay window {window}: {} states, {} counterexamples",
            checker.unique_state_count(),
            checker
                .discoveries()
                .keys()
                .filter(|name| name.starts_with("no ") || name.starts_with("a token"))
                .count()
        );
        checker.assert_properties();
        assert!(checker.unique_state_count() > 1_000);
    }
}
