//! Takes tasks, has agents work on them, and tells the emitter what happens.

use crate::names::{Agent, Model, Skill, Violation};
use crate::world::World;
use fastrand::Rng;
use orchestrator_metrics::Metrics;
use serde::Deserialize;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::select;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

/// After this many seconds without an answer somebody else decides.
const ESCALATE_AFTER: f64 = 900.0;

/// Share of requests for approval that nobody wants any more while they wait.
const WITHDRAWN: f64 = 0.03;

/// Share of approvals that are given.
const APPROVED: f64 = 0.9;

/// Permissions that each skill holds from the start.
const PERMISSIONS: usize = 2;

const DAY: f64 = 86_400.0;

/// How far arrivals may fall behind before some are left out.
const LATENESS: Duration = Duration::from_secs(1);

/// What does not change while the orchestrator runs.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// How many times as fast as real time everything happens
    #[arg(long, value_name = "N", default_value = "1", value_parser = speed)]
    pub(crate) speed: f64,
    /// Seed of all that is left to chance: the same seed makes the same tasks
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Tasks that may wait or be worked on; further ones are refused
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) capacity: u32,
    /// Tasks that an agent works on at once; further ones wait
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) parallel: u32,
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(speed) if (0.01..=1000.0).contains(&speed) => Ok(speed),
        _ => Err("a number from 0.01 to 1000".to_owned()),
    }
}

/// A task as it is asked for. What is left out is left to chance.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    pub(crate) agent: Agent,
    pub(crate) model: Option<Model>,
    pub(crate) skill: Option<Skill>,
    /// How long the work takes.
    pub(crate) duration_seconds: Option<f64>,
    /// What all calls to models cost together.
    pub(crate) cost_usd: Option<f64>,
    pub(crate) outcome: Option<Outcome>,
    /// Whether a person is asked first.
    pub(crate) approval: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    Complete,
    Fail,
}

impl Order {
    /// For this agent, with all else left to chance.
    pub(crate) fn to(agent: Agent) -> Self {
        Self {
            agent,
            model: None,
            skill: None,
            duration_seconds: None,
            cost_usd: None,
            outcome: None,
            approval: None,
        }
    }

    /// # Errors
    ///
    /// Which number is out of bounds.
    pub(crate) fn in_bounds(self) -> Result<Self, String> {
        for (key, value, most) in [
            ("duration_seconds", self.duration_seconds, DAY),
            ("cost_usd", self.cost_usd, 1000.0),
        ] {
            if let Some(value) = value
                && !(0.0..=most).contains(&value)
            {
                return Err(format!("`{key}` is {value}, and must be from 0 to {most}"));
            }
        }
        Ok(self)
    }
}

/// A task that was accepted.
pub(crate) struct Task {
    id: u64,
    order: Order,
    /// Its place among all that the orchestrator has room for.
    _place: OwnedSemaphorePermit,
}

/// Why a task was not accepted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Full,
    Stopping,
}

/// How many tasks there are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) accepted: u64,
    pub(crate) unfinished: usize,
}

pub(crate) struct Orchestrator {
    metrics: Arc<Metrics>,
    options: Options,
    world: watch::Sender<World>,
    queue: mpsc::UnboundedSender<Task>,
    places: Arc<Semaphore>,
    /// What agents can work on at once, in the order of [`Agent::ALL`].
    agents: Vec<Semaphore>,
    accepted: AtomicU64,
}

impl Orchestrator {
    /// With the queue that [`Orchestrator::run`] works off.
    pub(crate) fn new(
        metrics: Arc<Metrics>,
        options: Options,
        world: World,
    ) -> (Arc<Self>, mpsc::UnboundedReceiver<Task>) {
        let (sender, queue) = mpsc::unbounded_channel();
        let slots = |count: u32| Semaphore::new(count as usize);
        let orchestrator = Self {
            metrics,
            world: watch::Sender::new(world),
            queue: sender,
            places: Arc::new(slots(options.capacity)),
            agents: Agent::ALL.iter().map(|_| slots(options.parallel)).collect(),
            accepted: AtomicU64::new(0),
            options,
        };
        (Arc::new(orchestrator), queue)
    }

    pub(crate) fn world(&self) -> World {
        self.world.borrow().clone()
    }

    /// Puts another world in place of the present one. What waits under the
    /// old one goes on under the new.
    pub(crate) fn set_world(&self, world: World) {
        self.world.send_replace(world);
    }

    /// Ends the day: costs start again from zero.
    pub(crate) fn end_day(&self) {
        self.metrics.reset_daily_cost();
    }

    /// Accepts a task, and tells its number.
    pub(crate) fn submit(&self, order: Order) -> Result<u64, Refused> {
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| Refused::Full)?;
        let id = self.accepted.fetch_add(1, Ordering::Relaxed) + 1;
        let task = Task {
            id,
            order,
            _place: place,
        };
        self.queue.send(task).map_err(|_| Refused::Stopping)?;
        Ok(id)
    }

    pub(crate) fn count(&self) -> Count {
        Count {
            accepted: self.accepted.load(Ordering::Relaxed),
            unfinished: self.options.capacity as usize - self.places.available_permits(),
        }
    }

    /// Works until `stop` is there. Tasks that are unfinished then have
    /// failed, which is what their guards report.
    pub(crate) async fn run(
        self: Arc<Self>,
        mut queue: mpsc::UnboundedReceiver<Task>,
        stop: impl Future<Output = ()>,
    ) {
        self.show_all_series();
        let mut running = JoinSet::new();
        running.spawn(Arc::clone(&self).make_tasks());
        running.spawn(Arc::clone(&self).make_violations());
        running.spawn(Arc::clone(&self).count_days());
        let mut stop = pin!(stop);
        loop {
            select! {
                () = &mut stop => break,
                Some(task) = queue.recv() => {
                    running.spawn(Arc::clone(&self).see_through(task));
                }
                Some(_) = running.join_next() => {}
            }
        }
        running.shutdown().await;
    }

    /// Makes every series be there, at zero. One that appears with its first
    /// event hides that event from `rate`, and until then ratios have no data.
    fn show_all_series(&self) {
        let metrics = &self.metrics;
        for agent in Agent::ALL.iter().map(|agent| agent.name()) {
            drop(metrics.on_agent_task_start_handle(agent));
            drop(metrics.on_agent_task_complete_handle(agent));
            drop(metrics.on_agent_task_fail_handle(agent));
            for model in Model::ALL {
                drop(metrics.on_cost_recorded_handle(agent, model.name()));
            }
        }
        for skill in Skill::ALL.iter().map(|skill| skill.name()) {
            drop(metrics.on_skill_access_allowed_handle(skill));
            drop(metrics.on_skill_access_denied_handle(skill));
            drop(metrics.on_escalation_requested_handle(skill));
            for _ in 0..PERMISSIONS {
                metrics.on_permission_granted(skill);
            }
        }
        for violation in Violation::ALL {
            drop(metrics.log_violation_handle(violation.name()));
        }
    }

    async fn make_tasks(self: Arc<Self>) {
        let mut rng = self.rng(0);
        let mut arrivals = Arrivals::default();
        loop {
            arrivals
                .next(&self, &mut rng, |world| world.tasks_per_minute)
                .await;
            let named = self.world.borrow().agent;
            let agent = named.unwrap_or_else(|| Agent::any(&mut rng));
            // A full orchestrator refuses these as it refuses others.
            let _ = self.submit(Order::to(agent));
        }
    }

    async fn make_violations(self: Arc<Self>) {
        let mut rng = self.rng(1);
        let mut arrivals = Arrivals::default();
        loop {
            arrivals
                .next(&self, &mut rng, |world| world.violations_per_minute)
                .await;
            self.metrics.log_violation(Violation::any(&mut rng).name());
        }
    }

    async fn count_days(self: Arc<Self>) {
        loop {
            self.wait(DAY).await;
            self.end_day();
        }
    }

    /// All that happens to one task.
    async fn see_through(self: Arc<Self>, task: Task) {
        // Two streams are those of the arrivals.
        let mut rng = self.rng(task.id + 1);
        let order = &task.order;
        let by_chance = chance(&mut rng, self.world.borrow().approval_ratio);
        if order.approval.unwrap_or(by_chance) && !self.is_approved(&mut rng).await {
            return;
        }
        // Tasks of a busy agent wait here, first come, first served.
        let Ok(_slot) = self.agents[order.agent as usize].acquire().await else {
            return;
        };
        self.work(order, &mut rng).await;
    }

    /// Asks a person, and waits for the answer.
    ///
    /// Without a guard: the answer is a message of its own, which says how long
    /// it took in the time of the scenario.
    async fn is_approved(&self, rng: &mut Rng) -> bool {
        let metrics = &self.metrics;
        metrics.on_approval_requested();
        let asked = Instant::now();
        let withdrawn = chance(rng, WITHDRAWN);
        let approved = chance(rng, APPROVED);
        select! {
            () = self.pause(rng, |world| world.approval_seconds) => {
                if withdrawn {
                    metrics.on_approval_withdrawn();
                } else {
                    metrics.on_approval_answered(asked.elapsed().mul_f64(self.options.speed));
                }
                approved && !withdrawn
            }
            () = self.wait(ESCALATE_AFTER) => {
                metrics.on_approval_auto_escalated();
                approved
            }
        }
    }

    /// Has the agent work: it uses a skill, takes its time, pays for a call to
    /// a model, and so on, until it is done or has failed.
    async fn work(&self, order: &Order, rng: &mut Rng) {
        let metrics = &self.metrics;
        let agent = order.agent.name();
        // Should anything go wrong from here on, even if this future is
        // dropped, the guard reports a failure.
        let task = metrics.agent_task(agent);
        let steps = rng.u32(1..=4);
        let mut granted = Vec::new();
        for _ in 0..steps {
            let skill = order.skill.unwrap_or_else(|| Skill::any(rng)).name();
            granted.extend(self.use_skill(skill, rng).then_some(skill));
            match order.duration_seconds {
                Some(seconds) => self.wait(seconds / f64::from(steps)).await,
                None => {
                    self.pause(rng, |world| world.task_seconds / f64::from(steps))
                        .await;
                }
            }
            let model = order.model.unwrap_or_else(|| Model::any(rng)).name();
            let cost = match order.cost_usd {
                Some(all) => all / f64::from(steps),
                None => about(self.world.borrow().call_usd, rng),
            };
            metrics.on_cost_recorded(agent, model, cost);
        }
        for skill in granted {
            metrics.on_permission_revoked(skill);
        }
        let by_chance = chance(rng, self.world.borrow().failure_ratio);
        let fails = order
            .outcome
            .map_or(by_chance, |outcome| outcome == Outcome::Fail);
        if fails { task.fail() } else { task.complete() }
    }

    /// Uses a skill, and tells whether a permission was granted for it.
    fn use_skill(&self, skill: &str, rng: &mut Rng) -> bool {
        let metrics = &self.metrics;
        if !chance(rng, self.world.borrow().denial_ratio) {
            metrics.on_skill_access_allowed(skill);
            return false;
        }
        metrics.on_skill_access_denied(skill);
        if rng.bool() {
            return false;
        }
        metrics.on_escalation_requested(skill);
        let granted = rng.bool();
        if granted {
            metrics.on_permission_granted(skill);
        }
        granted
    }

    /// Waits for about as long as `mean` says. When the world changes the time
    /// is drawn anew, which keeps the average: such times have no memory.
    async fn pause(&self, rng: &mut Rng, mean: impl Fn(&World) -> f64) {
        let mut world = self.world.subscribe();
        loop {
            let seconds = about(mean(&world.borrow_and_update()), rng);
            select! {
                () = self.wait(seconds) => return,
                _ = world.changed() => {}
            }
        }
    }

    async fn wait(&self, seconds: f64) {
        sleep(self.real_time(seconds)).await;
    }

    /// How long this many seconds of the scenario are.
    fn real_time(&self, seconds: f64) -> Duration {
        Duration::try_from_secs_f64(seconds / self.options.speed).unwrap_or(Duration::MAX)
    }

    /// Random numbers for one purpose, the same in each run with the same seed.
    fn rng(&self, purpose: u64) -> Rng {
        let mut seeds = Rng::with_seed(self.options.seed);
        Rng::with_seed(seeds.u64(..) ^ purpose.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
}

/// Things that happen again and again, at a rate.
#[derive(Default)]
struct Arrivals {
    last: Option<Instant>,
}

impl Arrivals {
    /// Waits for the next one. Waits are counted from one arrival to the next,
    /// so that a timer which is late each time does not change the rate.
    async fn next(
        &mut self,
        orchestrator: &Orchestrator,
        rng: &mut Rng,
        per_minute: impl Fn(&World) -> f64,
    ) {
        let mut world = orchestrator.world.subscribe();
        let earliest = Instant::now() - LATENESS;
        let mut from = self.last.unwrap_or_else(Instant::now).max(earliest);
        loop {
            let mean = 60.0 / per_minute(&world.borrow_and_update());
            let gap = orchestrator.real_time(about(mean, rng));
            let Some(due) = from.checked_add(gap) else {
                // Never, in this world.
                let _ = world.changed().await;
                from = Instant::now();
                continue;
            };
            select! {
                () = sleep_until(due) => {
                    self.last = Some(due);
                    return;
                }
                _ = world.changed() => from = Instant::now(),
            }
        }
    }
}

/// A number that is `mean` on average, and often far from it.
fn about(mean: f64, rng: &mut Rng) -> f64 {
    -mean * (1.0 - rng.f64()).ln()
}

/// Whether something happens that does so in this share of all cases.
fn chance(rng: &mut Rng, ratio: f64) -> bool {
    rng.f64() < ratio
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Scenario;
    use tokio::sync::oneshot;
    use tokio::task::{JoinHandle, yield_now};

    const OPTIONS: Options = Options {
        speed: 1000.0,
        seed: 1,
        capacity: 100,
        parallel: 2,
    };

    struct Running {
        metrics: Arc<Metrics>,
        orchestrator: Arc<Orchestrator>,
        stop: oneshot::Sender<()>,
        work: JoinHandle<()>,
    }

    impl Running {
        fn start(options: Options, world: World) -> Self {
            let metrics = Arc::new(Metrics::new().unwrap());
            let (orchestrator, queue) = Orchestrator::new(Arc::clone(&metrics), options, world);
            let (stop, stopped) = oneshot::channel();
            let work = tokio::spawn(Arc::clone(&orchestrator).run(queue, async {
                stopped.await.unwrap();
            }));
            Self {
                metrics,
                orchestrator,
                stop,
                work,
            }
        }

        async fn until(&self, what: impl Fn(&Metrics) -> bool) {
            while !what(&self.metrics) {
                yield_now().await;
            }
        }

        async fn stop(self) {
            self.stop.send(()).unwrap();
            self.work.await.unwrap();
        }
    }

    /// Nothing happens by itself.
    fn quiet() -> World {
        World {
            tasks_per_minute: 0.0,
            violations_per_minute: 0.0,
            approval_ratio: 0.0,
            ..Scenario::Normal.into()
        }
    }

    fn order() -> Order {
        Order {
            duration_seconds: Some(1.0),
            ..Order::to(Agent::Coder)
        }
    }

    #[tokio::test]
    async fn a_task_ends_as_it_was_asked_to() {
        let running = Running::start(OPTIONS, quiet());
        for outcome in [Outcome::Complete, Outcome::Fail, Outcome::Complete] {
            let order = Order {
                outcome: Some(outcome),
                cost_usd: Some(0.5),
                model: Some(Model::ClaudeSonnet),
                skill: Some(Skill::Shell),
                ..order()
            };
            running.orchestrator.submit(order).unwrap();
        }
        let ended = |metrics: &Metrics| {
            let [completed, failed] = [
                &metrics.agent_tasks_completed_total,
                &metrics.agent_tasks_failed_total,
            ]
            .map(|family| family.with(["coder"]).get());
            (completed, failed) == (2, 1)
        };
        running.until(ended).await;
        let metrics = &running.metrics;
        let cost = metrics
            .agent_cost_per_day_usd
            .with(["coder", "claude-sonnet"]);
        assert!((cost.get() - 1.5).abs() < 1e-9, "{}", cost.get());
        assert_eq!(metrics.agent_tasks_started_total.with(["coder"]).get(), 3);
        let used =
            |family: &orchestrator_metrics::runtime::CounterFamily<1>| family.with(["shell"]).get();
        assert!(used(&metrics.skill_access_allowed_total) >= 3);
        running.orchestrator.end_day();
        assert_eq!(cost.get(), 0.0);
        assert_eq!(metrics.agent_total_cost_per_day_usd.get(), 0.0);
        running.stop().await;
    }

    #[tokio::test]
    async fn what_is_unfinished_at_the_end_has_failed() {
        let options = Options {
            speed: 1.0,
            ..OPTIONS
        };
        let running = Running::start(options, quiet());
        for _ in 0..5 {
            let order = Order {
                duration_seconds: Some(DAY),
                ..order()
            };
            running.orchestrator.submit(order).unwrap();
        }
        let active = |metrics: &Metrics| metrics.agent_active_tasks.with(["coder"]).get();
        // As many as an agent works on at once; three wait.
        running.until(|metrics| active(metrics) == 2.0).await;
        let count = running.orchestrator.count();
        assert_eq!((count.accepted, count.unfinished), (5, 5));
        let metrics = Arc::clone(&running.metrics);
        let orchestrator = Arc::clone(&running.orchestrator);
        running.stop().await;
        assert_eq!(active(&metrics), 0.0);
        assert_eq!(metrics.agent_tasks_failed_total.with(["coder"]).get(), 2);
        assert_eq!(orchestrator.submit(order()), Err(Refused::Stopping));
    }

    #[tokio::test]
    async fn a_full_orchestrator_refuses_until_there_is_room() {
        let options = Options {
            capacity: 1,
            ..OPTIONS
        };
        let running = Running::start(options, quiet());
        running.orchestrator.submit(order()).unwrap();
        assert_eq!(running.orchestrator.submit(order()), Err(Refused::Full));
        while running.orchestrator.count().unfinished > 0 {
            yield_now().await;
        }
        assert_eq!(running.orchestrator.submit(order()), Ok(2));
        running.stop().await;
    }

    #[tokio::test]
    async fn who_waits_under_an_old_world_goes_on_under_the_new_one() {
        let slow = World {
            approval_ratio: 1.0,
            approval_seconds: 86_400.0,
            ..quiet()
        };
        let options = Options {
            speed: 1.0,
            ..OPTIONS
        };
        let running = Running::start(options, slow.clone());
        for _ in 0..20 {
            running.orchestrator.submit(order()).unwrap();
        }
        let pending = |metrics: &Metrics| metrics.pending_approvals_count.get();
        running.until(|metrics| pending(metrics) == 20.0).await;
        running.orchestrator.set_world(World {
            approval_seconds: 0.0,
            ..slow
        });
        running.until(|metrics| pending(metrics) == 0.0).await;
        assert_eq!(running.metrics.task_approval_requests_total.get(), 20);
        assert!(running.metrics.approval_response_time_seconds.count() > 0);
        running.stop().await;
    }

    #[tokio::test]
    async fn answers_that_do_not_come_are_escalated() {
        let never = World {
            approval_seconds: 86_400.0,
            ..quiet()
        };
        let running = Running::start(OPTIONS, never);
        for _ in 0..20 {
            let order = Order {
                approval: Some(true),
                ..order()
            };
            running.orchestrator.submit(order).unwrap();
        }
        running
            .until(|metrics| metrics.approval_auto_escalated_total.get() > 0)
            .await;
        running.stop().await;
    }

    #[tokio::test]
    async fn tasks_and_violations_come_at_the_rates_of_the_world() {
        let world = World {
            agent: Some(Agent::Reviewer),
            tasks_per_minute: 60.0,
            task_seconds: 0.0,
            violations_per_minute: 60.0,
            ..quiet()
        };
        let running = Running::start(OPTIONS, world);
        running
            .until(|metrics| {
                let logged = Violation::ALL.iter().map(|one| {
                    let family = &metrics.audit_violations_logged_total;
                    family.with([one.name()]).get()
                });
                logged.sum::<u64>() > 100
                    && metrics.agent_tasks_started_total.with(["reviewer"]).get() > 100
            })
            .await;
        assert_eq!(
            running
                .metrics
                .agent_tasks_started_total
                .with(["coder"])
                .get(),
            0
        );
        running.stop().await;
    }

    #[test]
    fn a_seed_repeats_itself_and_purposes_differ() {
        let draw = |seed, purpose| {
            let metrics = Arc::new(Metrics::new().unwrap());
            let options = Options { seed, ..OPTIONS };
            let (orchestrator, _) = Orchestrator::new(metrics, options, quiet());
            orchestrator.rng(purpose).u64(..)
        };
        assert_eq!(draw(7, 3), draw(7, 3));
        assert_ne!(draw(7, 3), draw(7, 4));
        assert_ne!(draw(7, 3), draw(8, 3));
    }

    #[test]
    fn times_are_right_on_average() {
        let mut rng = Rng::with_seed(1);
        let sum: f64 = (0..10_000).map(|_| about(20.0, &mut rng)).sum();
        assert!((sum / 10_000.0 - 20.0).abs() < 1.0, "{}", sum / 10_000.0);
    }
}
