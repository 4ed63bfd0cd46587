"""Decomposition by workload: whole ways of doing a workload, replicas and all, priced and combined.

Workloads that share nothing but pools and power are asked one by one, at prices of what they
share, how they would best be done in whole replicas (Dantzig and Wolfe 1960,
doi 10.1287/opre.8.1.101). Their answers prove a bound that knows of whole replicas, which the
relaxed problem does not, and a small program combines the answers to a plan.
"""
