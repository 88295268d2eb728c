import { list } from "@groundplan/dsl/tools";
import { expect, it } from "vitest";
import { everything, mixed, shaped } from "./example-plans.ts";

it("lists every kind of stage, those inside others indented [C72]", () => {
  expect(list(everything.define())).toMatchInlineSnapshot(`
    "stage                             kind                      who                         needs              waits for                  timeout
    figure                            run                       all                                            its turn, 4 at a time      20 s
    figures                           exchange                  all                         figure             values of all
    mesh                              connect (ring)            all                         all = figures                                 15 s
    list                              run                       leader
    shares                            scatter                   leader -> worker            list               values of leader
    ready                             signal                    worker, watcher
    mostly-ready                      wait                      leader, observer                               60% of signal ready
    gathered                          gather                    worker -> leader, observer  shares             values of worker
    enough                            run                       leader                      shares = gathered
    agreed                            broadcast                 leader -> all               enough             values of leader
    if-enough                         branch                    all                                            agreed
      then:
        if-enough/then/enough         barrier                   leader, watcher                                leader, watcher            10 s
        if-enough/then/twice          rounds (2 times)          all
          if-enough/then/twice/again  exchange                  all                         figure             values of all
          if-enough/then/twice/met    barrier                   all                                            all
      else:
        if-enough/else/too-few        barrier                   all                                            all
    until-done                        repeat (at most 5 times)  all                                            until until-done/all-done
      until-done/done                 run                       all
      until-done/all-done             reduce                    leader, worker -> all       until-done/done    values of leader, worker
    among-these                       barrier                   worker, observer                               worker, observer"
  `);
});

it("lists what instances outside take part in", () => {
  expect(list(mixed.define())).toMatchInlineSnapshot(`
    "stage      kind                    who             needs          waits for          timeout
    name       run                     all
    ready      signal (state ready)    seed, go
    are-ready  wait                    peer                           signal ready
    names      exchange (topic names)  all, go -> all  name           values of all, go
    config     receive (topic config)  all                            values of go
    use        run                     all             names, config
    up         barrier (state up)      all, go                        all, go"
  `);
});

it("lists what a sidecar does", () => {
  expect(list(shaped.define())).toMatchInlineSnapshot(`
    "stage           kind                           who   needs  waits for         timeout
    slow            shape (latency 100ms, loss 1)  all          sidecars of all
    again           rounds (2 times)               all
      again/slower  shape (computed)               half         sidecars of half
      again/slowed  barrier                        half         half"
  `);
});
