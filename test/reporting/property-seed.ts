import fc from 'fast-check'

// One seed for all properties of a run, which the reporter prints: the same seed draws the same cases again.
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env['PROPERTY_SEED']) })
