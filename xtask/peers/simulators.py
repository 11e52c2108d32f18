"""How many contacts SimPy and Ciw simulate in a second of one core, for `cargo xtask bench`.

The models are those of `permanence bench simulate`: one pool of 50 (M/M/50+M: 48 contacts a minute of a
minute each, two minutes of patience), and five clients of whom each of 60 agents answers two. Times are in
minutes, and only what the models need is counted. Prints a line of JSON for each.
"""

import collections
import json
import random
import sys
import time

import ciw
import simpy

PATIENCE, TALK = 3.0, 4.0
AGENTS = [17, 13, 12, 10, 8]


def pool_simpy(contacts, draw):
    env = simpy.Environment()
    agents = simpy.Resource(env, 50)
    counted = [0, 0]

    def customer():
        with agents.request() as turn:
            heard = yield turn | env.timeout(draw.expovariate(1 / 2.0))
            if turn in heard:
                counted[0] += 1
                yield env.timeout(draw.expovariate(1.0))
            else:
                counted[1] += 1

    def door():
        for _ in range(contacts):
            yield env.timeout(draw.expovariate(48.0))
            env.process(customer())

    env.process(door())
    env.run()
    return counted


def skills_simpy(contacts, draw):
    env = simpy.Environment()
    idle = list(AGENTS)
    lines = [collections.deque() for _ in AGENTS]
    counted = [0, 0]

    def next_for(group):
        for client in (group, (group + 1) % len(AGENTS)):
            line = lines[client]
            while line:
                turn = line.popleft()
                if not turn.triggered:
                    turn.succeed(group)
                    return
        idle[group] += 1

    def customer(client):
        group = next((g for g in (client, (client - 1) % len(AGENTS)) if idle[g] > 0), None)
        if group is None:
            turn = env.event()
            lines[client].append(turn)
            leaves = env.timeout(draw.expovariate(1 / PATIENCE))
            heard = yield turn | leaves
            if turn not in heard:
                turn.succeed(None)
                counted[1] += 1
                return
            group = turn.value
        else:
            idle[group] -= 1
        counted[0] += 1
        yield env.timeout(draw.expovariate(1 / TALK))
        next_for(group)

    def door(client, share):
        rate = AGENTS[client] * 0.93 / TALK
        for _ in range(share):
            yield env.timeout(draw.expovariate(rate))
            env.process(customer(client))

    for client, count in enumerate(AGENTS):
        env.process(door(client, contacts * count // sum(AGENTS)))
    env.run()
    return counted


def pool_ciw(contacts, seed):
    ciw.seed(seed)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate=48.0)],
        service_distributions=[ciw.dists.Exponential(rate=1.0)],
        reneging_time_distributions=[ciw.dists.Exponential(rate=0.5)],
        number_of_servers=[50],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(contacts, method="Arrive")
    kinds = collections.Counter(record.record_type for record in simulation.get_all_records())
    return [kinds["service"], kinds["renege"]]


def measured(peer, model, contacts, run):
    before = time.process_time()
    answered, left = run()
    cpu_s = time.process_time() - before
    print(json.dumps({
        "peer": peer,
        "model": model,
        "contacts": answered + left,
        "p_abandon": left / max(answered + left, 1),
        "cpu_s": cpu_s,
        "contacts_per_s": (answered + left) / cpu_s,
    }), flush=True)


def main():
    contacts = int(sys.argv[1])
    simpy_is, ciw_is = f"SimPy {simpy.__version__}", f"Ciw {ciw.__version__}"
    measured(simpy_is, "one pool of 50", contacts, lambda: pool_simpy(contacts, random.Random(1)))
    measured(simpy_is, "five clients, two skills", contacts,
             lambda: skills_simpy(contacts, random.Random(1)))
    measured(ciw_is, "one pool of 50", contacts, lambda: pool_ciw(contacts, 1))


main()
