"""`python -m bench [NAME…]`: measure, and print the tables of README.md."""

from bench.run import main

main()
