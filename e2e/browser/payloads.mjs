/** Texts that would run a script where they were taken for HTML, an address, a template or a style: templates times contexts. */

const RUN = 'globalThis.hostile=1'

const templates = [
  `<script>${RUN}</script>`,
  `<script src="data:text/javascript,${RUN}"></script>`,
  `<script type="module">${RUN}</script>`,
  `<img src=x onerror="${RUN}">`,
  `<img src=x onerror=alert(1)>`,
  `<svg onload="${RUN}">`,
  `<svg><script>${RUN}</script></svg>`,
  `<svg><animate onbegin="${RUN}" attributeName=x dur=1s>`,
  `<math><mtext><mglyph><style><img src=x onerror="${RUN}"></style></mglyph></mtext></math>`,
  `<body onload="${RUN}">`,
  `<iframe src="javascript:${RUN}"></iframe>`,
  `<iframe srcdoc="<script>parent.hostile=1</script>"></iframe>`,
  `<object data="javascript:${RUN}"></object>`,
  `<embed src="javascript:${RUN}">`,
  `<a href="javascript:${RUN}" autofocus onfocus="${RUN}">here</a>`,
  `<input autofocus onfocus="${RUN}">`,
  `<details open ontoggle="${RUN}">`,
  `<video><source onerror="${RUN}"></video>`,
  `<form action="javascript:${RUN}"><button autofocus onfocus="${RUN}">`,
  `<base href="//hostile.example/">`,
  `<link rel=stylesheet href="data:text/css,*{display:none}">`,
  `<style>@import "data:text/css,*{display:none}";</style>`,
  `<meta http-equiv=refresh content="0;url=javascript:${RUN}">`,
  `{{constructor.constructor('${RUN}')()}}`,
  '${' + RUN + '}',
]

const contexts = [
  ['', ''], ['"', '"'], ["'", "'"], ['">', ''], ["'>", ''], ['</title>', ''], ['</textarea>', ''], ['</script>', ''], ['</style>', ''], ['</bdi></p>', ''],
  ['-->', '<!--'], [']]>', ''], ['`', '`'], ['\u202e', '\u202c'], ['&lt;', '&gt;'], ['<<', '>>'], ['javascript:', ''], ['\u001b]8;;javascript:', '\u0007'],
  ['<noscript>', '</noscript>'], ['<template>', '</template>'],
]

export const payloads = contexts.flatMap(([before, after]) => templates.map((template) => `${before}${template}${after}`))

/** Where a browser might be sent after signing in. */
export const elsewhere = [
  'https://hostile.example/', '//hostile.example/', '/\\hostile.example/', '\\\\hostile.example', '/%09/hostile.example', '/\t/hostile.example', '///hostile.example',
  'javascript:globalThis.hostile=1', 'data:text/html,<script>globalThis.hostile=1</script>', '/..//hostile.example', 'http:hostile.example', '/%2f%2fhostile.example',
  '/\r\nlocation: https://hostile.example/', '@hostile.example', '.hostile.example', '/runs"><script>globalThis.hostile=1</script>',
]
