// Every act that needs a fresh second factor, with the token of somebody whom the policy allows it.

export async function acts(scene) {
  const { ada, root } = scene.tokens
  const digest = await scene.planned('ada')
  const run = scene.asking
  return [
    [ada, { act: 'deploy', digest, reason: null }],
    [ada, { act: 'deploy', digest, reason: 'r', break_glass: true }],
    [ada, { act: 'run', run, request: { request: 'hand_over', to: 'grace' } }],
    [ada, { act: 'run', run, request: { request: 'finish' } }],
    [root, { act: 'run', run: scene.waiting, request: { request: 'move', before: null } }],
    [ada, { act: 'run', run, request: { request: 'answer', question: 0, choice: 'approve' } }],
    [ada, { act: 'run', run: scene.waiting, request: { request: 'answer', question: 0, choice: 'approve' } }],
    [root, { act: 'run', run, request: { request: 'resume' } }],
    [root, { act: 'run', run, request: { request: 'cancel' } }],
    [root, { act: 'run', run: 1, request: { request: 'unbar', reason: 'r' } }],
    [root, { act: 'run', run: 1, request: { request: 'unmask', reason: 'r' } }],
    [root, { act: 'thaw', reason: 'r' }],
    [root, { act: 'unlock', key: 'service/shop', reason: 'r' }],
    [root, { act: 'ban', person: 'grace', reason: 'r', until: null }],
    [root, { act: 'unban', person: 'mallory', reason: 'r' }],
    [root, { act: 'log_out_person', person: 'grace', reason: 'r' }],
    [root, { act: 'log_out_person', person: null, reason: 'r' }],
  ]
}
