// Questions that are none: what the runner reads must be understood as a whole or not at all.

import { each, refused, never } from '../lib/verdict.mjs'
import { tally } from '../lib/wire.mjs'

const CLIENT = '{"address":null,"device":""}'

const question = (token, verb) => `{"token":${JSON.stringify(token)},"client":${CLIENT},"verb":${verb}}\n`
const acting = (token, act, proof = 'null') => question(token, `{"verb":"act","act":${act},"proof":${proof}}`)
const run = (number, request = '{"request":"resume"}') => `{"act":"run","run":${number},"request":${request}}`

/** Each is a line, made with the token of an admin. */
const LINES = {
  'JSON that is 100,000 deep': (token) => [
    question(token, `{"verb":"act","act":{"act":"thaw","reason":"r"},"proof":{"passkey":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`),
    `${'['.repeat(200_000)}\n`,
    question(token, `{"verb":"challenge","act":${'{"act":'.repeat(30_000)}`),
  ],
  'keys that stand twice': (token) => [
    acting(token, '{"act":"freeze","act":"thaw","reason":"r","until":null}'),
    acting(token, '{"act":"thaw","reason":"a","reason":"b"}'),
    question(token, '{"verb":"act","act":{"act":"thaw","reason":"r"},"proof":null,"proof":{"passkey":{}}}'),
    question(token, '{"verb":"read","verb":"act","act":{"act":"thaw","reason":"r"},"proof":null}'),
    `{"token":null,"token":${JSON.stringify(token)},"client":${CLIENT},"verb":{"verb":"act","act":{"act":"thaw","reason":"r"},"proof":null}}\n`,
  ],
  'words of other types': (token) => [
    acting(token, '{"act":["thaw"],"reason":"r"}'),
    acting(token, '{"act":"thaw","reason":7}'),
    acting(token, '[]'),
    acting(token, 'null'),
    acting(token, '"thaw"'),
    acting(token, '{"act":"ban","person":["ada"],"reason":"r"}'),
    acting(token, run(1, '"resume"')),
    acting(token, run(1, '["resume"]')),
    acting(token, run('"1"')),
    acting(token, run('[1]')),
    question(token, '"follow"'),
    question(token, '["act"]'),
  ],
  'fields that nobody knows': (token) => [
    acting(token, '{"act":"thaw","reason":"r","force":true}'),
    acting(token, '{"act":"thaw","reason":"r","proof":{"totp":"1"}}'),
    acting(token, '{"act":"thaw","reason":"r","person":"root"}'),
    acting(token, run(1, '{"request":"resume","approved":true}')),
    question(token, '{"verb":"act","act":{"act":"thaw","reason":"r"},"proof":null,"verified":true}'),
    question(token, '{"verb":"follow","person":"root"}').replace('"client"', '"person":"root","client"'),
    question(token, '{"verb":"thaw","reason":"r"}'),
    question(token, '{"verb":"run_program","program":"/bin/id"}'),
  ],
  "verbs of the deploy host's own socket": (token) =>
    ['make_plan', 'deploy', 'thaw', 'unlock_service', 'leave_request', 'begin_enrolment', 'confirm_enrolment', 'resume', 'list_runs'].map((verb) =>
      question(token, `{"verb":"${verb}","run":1,"digest":"a","approved":true,"waits_for_locks":false,"code":"000000","service":"shop"}`),
    ),
  'runs by numbers that are none': (token) =>
    ['-1', '-9223372036854775808', '9223372036854775807', '9223372036854775808', '18446744073709551616', '1e400', '1.5', '1e0', '-0', '0', '4294967297', `1${'0'.repeat(1_000)}`].map((number) =>
      acting(token, run(number, '{"request":"unbar","reason":"r"}')),
    ),
  'questions of runs by numbers that are none': (token) =>
    ['-1', '18446744073709551615', '18446744073709551616', '1e400', '"0"', 'null'].map((number) =>
      acting(token, run(1, `{"request":"answer","question":${number},"choice":"approve"}`)),
    ),
  'people and locks by names that are none': (token) => [
    ...['', '..', '../root', 'root\\n', 'root\\u0000', '*', '%', 'Root', 'r\\u202eoot', 'x'.repeat(200_000)].map((name) => acting(token, `{"act":"unban","person":"${name}","reason":"r"}`)),
    ...['', '..', 'service/', 'service/../shop', '%', '*', "' OR 1=1 --"].map((key) => acting(token, `{"act":"unlock","key":"${key}","reason":"r"}`)),
  ],
  'texts of 300 kB': (token) => {
    const long = 'x'.repeat(300_000)
    return [acting(token, `{"act":"freeze","reason":"${long}","until":null}`), acting(long, '{"act":"thaw","reason":"r"}'), question(token, `{"verb":"read","document":"runs?search=${long}"}`)]
  },
  'bytes that are no text': (token) => [
    Buffer.concat([Buffer.from(acting(token, '{"act":"thaw","reason":"').slice(0, -20)), Buffer.from([0xff, 0xfe, 0xc0, 0x80, 0x0a])]),
    Buffer.from([0, 1, 2, 3, 10]),
    Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    Buffer.from('\u0016\u0003\u0001\u0002\u0000\n', 'latin1'),
    acting(token, '{"act":"thaw","reason":"\\ud800"}'),
    `\ufeff${acting(token, '{"act":"thaw","reason":"r"}')}`,
  ],
}

const GOOD = ['invalid', 'closed', 'not_found', 'second_factor_needed', 'signed_out', 'refused']

const lines = Object.entries(LINES).map(([name, make]) => ({
  name,
  run: async (scene) => refused(await each(make(scene.tokens.root), (line) => scene.wire.raw(line)), ...GOOD),
}))

const PATHS = [
  '', '/', '.', '..', 'runs/..', 'runs/../admin', 'runs/1/log', 'runs/1/../2', 'runs/%31', 'runs/-1', 'runs/+1', 'runs/01e1', 'runs/18446744073709551615', 'runs/1?x=1', 'runs?before=-1',
  'runs?before=18446744073709551615', 'runs?before=18446744073709551616', 'runs?search=%00', 'runs?search=%', "runs?search=' OR 1=1", 'audit?before=18446744073709551615', 'services/../../etc/passwd',
  'services/%2e%2e', 'services/shop%00', 'home#x', 'home/', 'HOME', 'file:///etc/passwd', 'identity.db', 'state/identity.key', 'terminals/1.txt', 'programs/1', '../state/audit.key', 'runs/1.txt',
  `services/${'a'.repeat(100_000)}`,
]

export const attacks = [
  ...lines,
  {
    name: 'documents by paths that lead elsewhere',
    run: async (scene) => {
      const replies = await each(PATHS, (path) => scene.wire.read(scene.tokens.ada, path))
      for (const [index, reply] of replies.entries()) {
        const shown = JSON.stringify(reply.answer ?? null)
        never(/root:x|PRIVATE|SQLite/.test(shown), `${PATHS[index]} shows a file`)
        // `runs/+1` is read as run 1, which ada may see.
        never(reply.answer && !/^((runs|audit)\?|runs\/\+1$)/.test(PATHS[index]), `${PATHS[index]} is a document`)
      }
      return tally(replies)
    },
  },
  {
    name: 'a second question behind the first one',
    run: async (scene) => {
      const read = question(scene.tokens.ada, '{"verb":"read","document":"me"}')
      const act = acting(scene.tokens.root, '{"act":"thaw","reason":"r"}', '{"passkey":{}}')
      const free = acting(await scene.ada.half(), '{"act":"freeze","reason":"smuggled","until":0}')
      return tally([await scene.wire.raw(read + act + free), await scene.wire.raw(act + read)])
    },
  },
  {
    name: 'half a question, and then the end',
    run: async (scene) => {
      const whole = acting(scene.tokens.root, '{"act":"thaw","reason":"r"}', '{"passkey":{}}')
      const cuts = [0, 1, 20, whole.length - 2, whole.length - 1]
      return refused(await each(cuts, (at) => scene.wire.raw(whole.slice(0, at), { end: true })), 'closed')
    },
  },
  {
    name: '10 MB without an end of line',
    run: async (scene) => refused([await scene.wire.raw(Buffer.alloc(10_000_000, 'x')), await scene.wire.raw(Buffer.alloc(10_000_000, ' '))], 'invalid', 'closed'),
  },
]
