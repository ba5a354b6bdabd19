// Who may import whom. Each rule lists what a folder may reach; everything else is an error.
const may = (from, to, comment) => ({
  name: `${from.replaceAll(/[^a-z]+/g, '-').replaceAll(/^-|-$/g, '')}-imports`,
  severity: 'error',
  comment,
  from: { path: `^src/${from}` },
  to: { path: '^src/', pathNot: to.map((path) => `^src/${path}`) },
})

const only = (library, folders) => ({
  name: `${library.replaceAll(/[^a-z-]/g, '')}-only-in`,
  severity: 'error',
  comment: `${library} only in ${folders.join(', ')}`,
  from: { path: '^src/', pathNot: folders.map((folder) => `^src/${folder}`) },
  to: { path: `node_modules/${library}(/|$)` },
})

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'core-is-pure',
      severity: 'error',
      comment: 'core is arithmetic: no Node module, no package',
      from: { path: '^src/core/' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'one-adapter-knows-no-other',
      severity: 'error',
      from: { path: '^src/members/([^/]+)/' },
      to: { path: '^src/members/([^/]+)/', pathNot: ['^src/members/$1/', '^src/members/shared/'] },
    },
    may('core/', ['core/', 'errors\\.ts$'], 'pure arithmetic'),
    may('errors\\.ts', [], 'the error table stands alone'),
    may('pattern\\.ts', [], 'searches in texts stand alone'),
    may('canonical-form\\.ts', ['pattern\\.ts$'], 'what configurations and requests say alike'),
    may('linked-signal\\.ts', [], 'signals stand alone'),
    may('tokenizer/', ['tokenizer/', 'core/', 'errors\\.ts$'], 'what tokenizer files say, for members and worker alike'),
    may('members/', ['core/', 'errors\\.ts$', 'linked-signal\\.ts$', 'members/', 'tokenizer/'], 'an adapter knows its protocol and the arithmetic'),
    may('ensemble/', ['core/', 'errors\\.ts$', 'linked-signal\\.ts$', 'pattern\\.ts$', 'members/member\\.ts$', 'ensemble/'], 'the ensemble knows the port, not the protocols'),
    may('config/', ['config/', 'errors\\.ts$', 'pattern\\.ts$', 'canonical-form\\.ts$'], 'configuration is data'),
    may('server/', ['server/', 'ensemble/', 'errors\\.ts$', 'pattern\\.ts$', 'canonical-form\\.ts$', 'config/config\\.ts$'], 'the server never sees a distribution'),
    may('observability/', ['observability/', 'ensemble/observer\\.ts$', 'errors\\.ts$'], 'implements what the ensemble declares'),
    may('console/', ['console/'], 'a page over the public API; nothing of the gateway runs in it'),
    may('worker/', ['worker/', 'core/', 'errors\\.ts$', 'members/shared/', 'tokenizer/'], 'a worker is a program of its own'),
    {
      name: 'only-the-top-composes',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/main\\.ts$', '^src/commands/', '^src/compose'] },
      to: { path: '^src/(compose|commands|main)' },
    },
    only('undici', ['members/', 'commands/']),
    only('fastify', ['server/', 'worker/']),
    only('@fastify', ['server/', 'worker/']),
    only('fastify-type-provider-zod', ['server/', 'worker/']),
    only('onnxruntime-node', ['worker/']),
    only('@huggingface/tokenizers', ['tokenizer/']),
    only('@huggingface/jinja', ['worker/']),
    only('ioredis', ['server/']),
    only('@opentelemetry', ['observability/']),
    only('pino', ['observability/']),
    only('prom-client', ['observability/']),
    only('uplot', ['console/']),
    only('re2js', ['pattern\\.ts$']),
    only('yaml', ['config/']),
    only('@observablehq', ['commands/report/']),
    only('linkedom', ['commands/report/']),
    only('commander', ['commands/', 'main\\.ts$']),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Types count: an import that is erased still ties two folders together.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
