"""Classes: pupils who joined with one code, and a teacher who sees and leads them.

Teachers and pupils are browsers, known by their owner's hash. Every action of a teacher takes `teacher`, that hash, and
checks it against the table `members`: no button, link or message can take the place of it.
"""
